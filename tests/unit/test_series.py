"""A series: every size inside the next, every file one that can be made again alone."""

import io
import json
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.export.series_zip import series_zip
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.results import sizes as published
from crowdselect.selection import Selection, gather, select, select_from
from crowdselect.series import SIZES, series
from crowdselect.store import Workspace, load_pool, open_build
from tests.pages.builds import plain, publish
from tests.unit.pools import make_pool, signalled_pools
from tests.unit.test_strategies import CASES, SPREADS

pytestmark = pytest.mark.slow


def run(pool: Pool, made: Recipe) -> Selection:
    return select_from(gather(pool, made.pool, made.response, made.select.seed), made)


@pytest.mark.parametrize("strategy", CASES)
@settings(max_examples=40)
@given(
    pool=signalled_pools(), spread=st.sampled_from(SPREADS), sizes=st.lists(st.integers(1, 25), min_size=1, max_size=4)
)
def test_each_size_lies_in_the_next(strategy: str, pool: Pool, spread: dict | None, sizes: list[int]) -> None:
    recipe = Recipe.parse({"pool": {"missing": "available"}, "select": {**CASES[strategy], "clusters": spread}})
    made = [run(pool, each) for each in series(recipe, sizes, []).values()]
    for smaller, larger in pairwise(made):
        assert set(smaller.uuids) <= set(larger.uuids)
        assert len(smaller) == min(smaller.recipe.select.size, len(larger))
    largest = made[-1].recipe.select
    assert largest.within is None
    alone = run(pool, recipe.model_copy(update={"select": recipe.select.model_copy(update={"size": largest.size})}))
    assert list(made[-1].uuids) == list(alone.uuids)


@given(pool=signalled_pools(), sizes=st.lists(st.integers(1, 25), min_size=2, max_size=4))
def test_without_clusters_each_size_is_the_strategys_own(pool: Pool, sizes: list[int]) -> None:
    recipe = Recipe.parse({"pool": {"missing": "available"}, "select": {"strategy": "weighted"}})
    for each in series(recipe, sizes, []).values():
        alone = each.model_copy(update={"select": each.select.model_copy(update={"within": None})})
        assert list(run(pool, each).uuids) == list(run(pool, alone).uuids)


def test_every_size_keeps_the_quota_of_each_cluster() -> None:
    clusters = np.repeat(np.arange(5), 10)
    pool = make_pool(np.arange(50.0)[None], clusters=clusters)  # the highest scores are all in one cluster
    recipe = Recipe.parse({"select": {"strategy": "reward", "clusters": {"name": "c", "quota": "equal"}}})
    for each in series(recipe, [10, 20, 35], []).values():
        found = run(pool, each)
        assert np.bincount(clusters[found.rows]).tolist() == [each.select.size // 5] * 5


def test_sizes_and_seeds_name_the_files() -> None:
    found = series(Recipe(), [200, 100, 200], [1, 2])
    assert list(found) == ["-100-seed1", "-200-seed1", "-100-seed2", "-200-seed2"]
    assert (found["-100-seed2"].select.size, found["-100-seed2"].select.seed) == (100, 2)
    assert found["-100-seed2"].select.within == (200,)
    assert series(Recipe(), [], []) == {"": Recipe()}


def test_the_papers_sizes_are_those_of_its_figure() -> None:
    assert list(SIZES) == [round(1000 * size.thousand_pairs) for size in published()]


def test_within_wants_larger_sizes() -> None:
    with pytest.raises(UserError, match="within lists sizes above the size of 100"):
        Recipe.parse({"select": {"size": 100, "within": [100]}})
    assert Recipe.from_yaml(Recipe.parse({"select": {"size": 5, "within": [9]}}).to_yaml()).select.within == (9,)
    assert "within" not in Recipe().to_yaml()


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    (tmp_path / "recipe.yaml").write_text(
        "{pool: {reward_model: rm-large}, select: {size: 60, clusters: {name: kmeans-5}}}"
    )
    workspace = publish(tmp_path / "w", plain()).path
    return ["--out", str(tmp_path / "out.jsonl"), "--workspace", str(workspace)]


def test_every_file_of_a_series_is_replayed_alone(place: list[str], tmp_path: Path) -> None:
    assert main(["select", str(tmp_path / "recipe.yaml"), "--sizes", "6,13, 29", *place]) == 0
    held: list[set[str]] = []
    for size in (6, 13, 29):
        lines = (tmp_path / f"out-{size}.jsonl").read_text().splitlines()
        held.append({json.loads(line)["uuid"] for line in lines})
        assert len(held[-1]) == size
        assert main(["replay", str(tmp_path / f"out-{size}.manifest.json"), *place[2:]]) == 0
    assert held[0] < held[1] < held[2]
    assert not (tmp_path / "out.jsonl").exists()


def test_a_series_of_seeds(place: list[str], tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "{pool: {reward_model: rm-large}, select: {strategy: random, size: 9}, response: {choose: random}}"
    )
    assert main(["select", str(tmp_path / "recipe.yaml"), "--seeds", "1,2,3", *place]) == 0
    files = [(tmp_path / f"out-seed{seed}.jsonl").read_bytes() for seed in (1, 2, 3)]
    assert len(set(files)) == 3
    assert main(["replay", str(tmp_path / "out-seed2.manifest.json"), *place[2:]]) == 0


def test_the_zip_holds_what_the_command_line_writes(place: list[str], tmp_path: Path) -> None:
    assert main(["select", str(tmp_path / "recipe.yaml"), "--sizes", "6,20", "--seeds", "1,2", *place]) == 0
    build = open_build(Workspace.of(place[-1]))
    recipes = series(Recipe.read(tmp_path / "recipe.yaml"), [6, 20], [1, 2])
    pool = load_pool(build)
    out = io.BytesIO()
    series_zip("out", {name: select(pool, recipe) for name, recipe in recipes.items()}, build, out)
    with zipfile.ZipFile(out) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {file.name: file.read_bytes() for file in tmp_path.glob("out-*")}
    assert len(found) == 8


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ("--sizes 5,x", 2, "--sizes takes whole numbers from 1, such as 100,200,500; not 'x'"),
        ("--sizes 0,5", 2, "not '0'"),
        ("--sizes ,", 2, "not ''"),
        ("--seeds -1", 2, "--seeds takes whole numbers from 0"),
        ("--sizes 5,61", 1, "Size 61 cannot be met: 60 of 60"),
    ],
)
def test_a_series_that_cannot_be_writes_nothing(
    options: str, code: int, said: str, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["select", str(tmp_path / "recipe.yaml"), *options.split(), *place]) == code
    output = capsys.readouterr().err
    assert said in output
    assert output.count("\n") == 1
    assert not list(tmp_path.glob("out*"))
