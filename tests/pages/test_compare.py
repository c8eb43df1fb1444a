"""Compare: the numbers are those of the selections, measured by one yardstick; the file is safe to open."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from crowdselect.baselines import BASELINES, baseline
from crowdselect.compare.layouts import plain, to_csv
from crowdselect.compare.sides import Entry, SideBySide
from crowdselect.figures.against_pool import pool_bins
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from crowdselect.store.recipes import save
from tests.pages.builds import EDGES, HOSTILE, publish, signalled
from tests.pages.builds import plain as plain_pool
from tests.pages.conftest import Open, failures, numbers

LIKE = Recipe.parse({"pool": {"reward_model": "rm-large"}, "select": {"size": 50, "clusters": {"name": "kmeans-5"}}})


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return publish(tmp_path / "shown", plain_pool(200, 9)).path


@pytest.fixture
def sides(tmp_path: Path) -> SideBySide:
    build = open_build(publish(tmp_path / "own", plain_pool(200, 9)))
    pool = load_pool(build)
    build.close()
    recipes = {"Current": LIKE, "Random": baseline("random", LIKE, None), "Other": small(LIKE)}
    entries = [Entry(name, select(pool, recipe)) for name, recipe in recipes.items()]
    return SideBySide(entries, entries[0].selection.candidates)


def small(like: Recipe) -> Recipe:
    """The same by the other reward model."""
    return like.model_copy(update={"pool": like.pool.model_copy(update={"reward_model": "rm-small"})})


@pytest.mark.parametrize("edge", EDGES)
def test_stands_over_every_pool(edge: str, open_page: Open, tmp_path: Path) -> None:
    link = {"with": [BASELINES[name].title for name in ("random", "stability", "crowdselect")]}
    app = open_page("compare", publish(tmp_path, EDGES[edge]).path, link)
    assert failures(app) == []
    assert numbers(app).get("Selections") == "4" or "ingest" in app.code[0].value


def test_an_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("compare", tmp_path)
    assert failures(app) == []
    assert "ingest" in " ".join(code.value for code in app.code)


def test_the_table_is_the_selections(open_page: Open, workspace: Path, sides: SideBySide) -> None:
    app = open_page("compare", workspace, {"with": "Random"})
    shown = app.dataframe[0].value
    assert shown["selection"].tolist() == ["Current", "Random"]
    assert shown["rows"].tolist() == [50, 50]
    first, second = (set(selection.tolist()) for selection in sides.rows[:2])
    assert shown["shared"].tolist() == [50, len(first & second)]
    assert shown["jaccard"][1] == pytest.approx(len(first & second) / len(first | second))
    assert shown["difficulty"].tolist() == pytest.approx([sides.mean(place, "difficulty") for place in (0, 1)])


def test_saved_recipes_can_be_chosen_and_removed(open_page: Open, workspace: Path) -> None:
    save(Workspace.of(workspace), LIKE.model_copy(update={"name": "Mine"}))
    app = open_page("compare", workspace, {"with": "Mine (saved)"})
    assert numbers(app)["Selections"] == "2"
    assert app.dataframe[0].value["jaccard"].tolist() == [1.0, 1.0]
    app.multiselect(key="with").set_value([]).run()
    assert failures(app) == []
    assert numbers(app)["Selections"] == "1"


def test_a_recipe_that_does_not_fit_says_why_and_the_rest_stands(open_page: Open, workspace: Path) -> None:
    unknown = LIKE.model_copy(update={"name": "Odd", "pool": LIKE.pool.model_copy(update={"reward_model": "nobody"})})
    save(Workspace.of(workspace), unknown)
    app = open_page("compare", workspace, {"with": ["Odd (saved)", "Random"]})
    assert any("nobody" in text.value and "left out" in text.value for text in app.text)
    assert app.dataframe[0].value["selection"].tolist() == ["Current", "Random"]


def test_every_baseline_is_a_recipe_of_the_same_size(tmp_path: Path) -> None:
    pool = load_pool(open_build(publish(tmp_path, signalled())))
    for name in BASELINES:
        recipe = baseline(name, LIKE, "kmeans-5")
        assert len(select(pool, recipe)) == 50
        assert recipe.pool == LIKE.pool
        assert Recipe.from_yaml(recipe.to_yaml()) == recipe
        assert (recipe.select.clusters is not None) == (BASELINES[name].spread or BASELINES[name].control)


def test_all_baselines_stand_beside_the_current_selection_with_their_robustness(
    open_page: Open, tmp_path: Path
) -> None:
    app = open_page("compare", publish(tmp_path, signalled()).path, {"deep": "true", "size": "50"})
    app.button(key="all_baselines").click().run()
    assert failures(app) == []
    assert not any("left out" in text.value for text in app.text)
    shown = app.dataframe[0].value
    assert shown["selection"].tolist() == ["Current", *(each.title for each in BASELINES.values())]
    own = shown.set_index("selection")
    assert own.loc["Random", "robustness"] == 1.0
    assert own["redundancy"].between(-1, 1).all()
    low, middle, high = own.loc["CrowdSelect (paper)", ["robustness_low", "robustness", "robustness_high"]]
    assert 0 <= low < middle < high <= 1
    assert any("Random, " in text.value and "asks no model" in text.value for text in app.text)


def test_a_series_of_sizes_and_of_seeds_stands_beside(open_page: Open, workspace: Path) -> None:
    app = open_page("compare", workspace, {"with": "Stability", "size": "50", "nested": "10, 25,50", "draws": "1,2"})
    assert failures(app) == []
    shown = app.dataframe[0].value.set_index("selection")
    sizes = {"10 rows": 10, "25 rows": 25, "50 rows": 50}
    draws = {"Random, seed 1": 50, "Random, seed 2": 50}
    assert shown["rows"].to_dict() == {"Current": 50, "Stability": 50, **sizes, **draws}
    assert shown.loc[list(sizes), "shared"].tolist() == [10, 25, 50]  # each size lies within the current selection
    assert shown.loc[list(draws), "strategy"].tolist() == ["random", "random"]
    assert shown.loc[list(draws), "difficulty"].nunique() == 2


@pytest.mark.parametrize("wrong", [{"nested": "10,x"}, {"nested": "0"}, {"draws": "-1"}, {"nested": ","}])
def test_a_list_that_is_none_says_what_would_be(wrong: dict[str, str], open_page: Open, workspace: Path) -> None:
    app = open_page("compare", workspace, {"with": "Random", **wrong})
    assert any("takes whole numbers from" in text.value for text in app.text)
    assert app.dataframe[0].value["selection"].tolist() == ["Current", "Random"]


def test_a_series_too_long_leaves_the_last_out(open_page: Open, workspace: Path) -> None:
    app = open_page("compare", workspace, {"with": "Random", "draws": ",".join(map(str, range(30)))})
    assert any("7 of the series are left out: there is room for 24" in text.value for text in app.text)
    assert numbers(app)["Selections"] == "25"


def test_what_moved_is_listed_with_its_reason_and_opens(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path, signalled()).path
    link = {"size": "50", "with": "Stability", "against": "Stability"}
    app = open_page("compare", place, link)
    assert failures(app) == []
    table = next(each.value for each in app.dataframe if "reason" in each.value)
    pool = load_pool(open_build(Workspace.of(place)))
    first = Recipe.parse(
        {"pool": {"reward_model": "rm-large"}, "select": {"size": 50, "clusters": {"name": "kmeans-5"}}}
    )
    now, then = (select(pool, each) for each in (first, baseline("stability", first, None)))
    came = [str(uuid) for uuid in then.uuids if uuid not in set(now.uuids)]
    went = [str(uuid) for uuid in now.uuids if uuid not in set(then.uuids)]
    assert table["uuid"].tolist() == came + went
    assert table["moved"].tolist() == ["in"] * len(came) + ["out"] * len(went)
    assert set(table["reason"]) <= {"Difficulty", "Separability", "Stability"}
    app = open_page("compare", place, link | {"row": went[0]})
    assert failures(app) == []
    assert any(went[0] in caption.value.replace("\\", "") for caption in app.caption)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("ifd", "run ifd"),
        ("ifd_ppl", "run ifd"),
        ("direct_score", "run judge"),
        ("instag", "run tag"),
        ("instag_crowdselect", "run tag"),
        ("deita", "run embed"),
    ],
)
def test_a_baseline_that_lacks_its_signal_names_the_command(
    name: str, remedy: str, open_page: Open, workspace: Path
) -> None:
    app = open_page("compare", workspace, {"with": [BASELINES[name].title, "Random"]})
    assert any(f"python -m precompute {remedy}" in text.value and "left out" in text.value for text in app.text)
    assert app.dataframe[0].value["selection"].tolist() == ["Current", "Random"]


def test_one_yardstick_for_all(sides: SideBySide) -> None:
    """The third selection was chosen by another reward model; its difficulty is still that of the first one's."""
    rows = sides.rows[2]
    scores = sides.pool.pool.scores["rm-large"][:, rows]
    np.testing.assert_allclose(sides.values(2, "difficulty"), -scores.mean(axis=0))
    shift = sides.shifts(["difficulty"])[2, 0]
    everything = -sides.pool.pool.scores["rm-large"].mean(axis=0)
    assert shift == pytest.approx((-scores.mean() - everything.mean()) / everything.std())


def test_shares_add_up(sides: SideBySide) -> None:
    for shares in (sides.cluster_shares("kmeans-5"), sides.model_shares()):
        np.testing.assert_allclose(shares.with_pool.sum(axis=1), 1.0)
        assert shares.with_pool.shape == (4, len(shares.names))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", HOSTILE])
def test_no_cell_is_a_formula(text: str) -> None:
    [header, row] = csv.reader(io.StringIO(to_csv([{"selection": text, "difficulty": -0.5}]).decode()))
    assert header == ["selection", "difficulty"]
    assert not row[0].lstrip().startswith(("=", "+", "-", "@"))
    assert row[0].removeprefix("'") == text.replace("\x00", "")
    assert row[1] == "-0.5"
    assert plain(float("nan")) == ""


def test_whole_numbers_have_whole_bins() -> None:
    values = np.random.default_rng(0).integers(3, 60, 5000).astype(float)
    found = pool_bins(values)
    assert set(np.diff(found.edges)) == {2.0}
    assert found.shares.sum() == pytest.approx(1.0)
