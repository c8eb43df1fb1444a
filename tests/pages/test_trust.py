"""Trust: its numbers are the library's, and every pool gets sentences instead of errors."""

from pathlib import Path

import pytest

from crowdselect.agreement import agreement
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import load_pool, open_build
from crowdselect.trust import leave_one_out, robustness
from tests.pages.builds import EDGES, plain, publish
from tests.pages.conftest import Open, failures, numbers


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(200, 9)).path


@pytest.mark.parametrize("edge", EDGES)
def test_it_stands_over_every_pool(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("trust", publish(tmp_path, EDGES[edge]).path, {"resamples": "50", "left_out": "Weights"})
    assert failures(app) == []
    assert numbers(app) or "ingest" in app.code[0].value


def test_an_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("trust", tmp_path)
    assert failures(app) == []
    assert "ingest" in " ".join(code.value for code in app.code)


def test_the_numbers_are_the_librarys(open_page: Open, workspace: Path, tmp_path: Path) -> None:
    link = {"resamples": "50", "drawn": ["Models", "Weights"]}
    app = open_page("trust", workspace, link)
    assert failures(app) == []
    shown = numbers(app)
    build = open_build(publish(tmp_path, plain(200, 9)))
    pool = load_pool(build)
    recipe = {"pool": {"reward_model": "rm-large"}, "select": {"size": 50, "clusters": {"name": "kmeans-5"}}}
    selection = select(pool, Recipe.parse(recipe))
    found = robustness(selection, resamples=50, over=("models", "weights"))
    assert shown["Expected Jaccard"] == f"{found.low:.3f} to {found.high:.3f}"
    assert shown["Core"] == f"{len(found.core):,}"
    agreed = agreement(pool)
    assert shown["Flips"] == f"{agreed.flips[0]:.1%}"
    assert float(shown["Krippendorff’s α"].replace("−", "-")) == pytest.approx(agreed.alpha_interval, abs=1e-3)
    first = leave_one_out(selection, ("models",))[0]
    assert any(f"{len(first.gone):,} rows go" in caption.value for caption in app.caption)
    least = app.dataframe[0].value
    assert (least["inclusion"] - 50).abs().round(6).is_monotonic_increasing
    build.close()


def test_a_strategy_without_a_crowd_says_so(open_page: Open, workspace: Path) -> None:
    app = open_page("trust", workspace, {"strategy": "Random"})
    assert failures(app) == []
    assert numbers(app)["Expected Jaccard"] == "1.000"
    assert "does not depend on the models" in app.info[0].value
