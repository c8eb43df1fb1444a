"""The baselines choose what their published code chooses on the real pool, all the way from attached files."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select_from
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reference(alpacaeval: Path) -> Path:
    return alpacaeval / "reference" / "baselines"


@pytest.fixture(scope="module")
def pool(alpacaeval: Path, reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Pool:
    """The real pool with the reference's tags, IFD values, scores and embeddings, attached by the command line."""
    folder = tmp_path_factory.mktemp("baselines")
    place = ["--workspace", str(folder / "w"), "--no-publish"]
    ifd = pq.read_table(reference / "ifd.parquet")
    for name in ("cherry_dropped", "sf_dropped"):
        ifd = ifd.set_column(ifd.column_names.index(name), name, ifd[name].cast(pa.int8()))
    pq.write_table(ifd, folder / "ifd.parquet")
    of = alpacaeval / "reference"
    metrics = {"ifd_own_marker": "ifd", "ifd_ppl": "ifd_ppl", "cherry_dropped": "ifd_dropped"}
    metrics["sf_dropped"] = "ifd_ppl_dropped"
    commands = [
        ["ingest", alpacaeval / "zoo.parquet", "--families", alpacaeval / "families.csv"],
        ["attach", "tags", reference / "instag_tags.parquet"],
        ["attach", "embeddings", of / "embeddings.npy", "--ids", of / "embeddings_uuids.txt", "--name", "minilm"],
        ["attach", "metric", reference / "deita_scores.parquet", "--column", "final_score", "--name", "deita"],
        *(
            ["attach", "metric", folder / "ifd.parquet", "--column", column, "--name", name]
            for column, name in metrics.items()
        ),
    ]
    for command in commands:
        assert main([*map(str, command), *place]) == 0
    assert main(["run", "metrics", *place[:-1]]) == 0
    return load_pool(open_build(Workspace.of(folder / "w")))


def chosen(pool: Pool, **select_keys: object) -> Selection:
    recipe = Recipe.parse({"select": select_keys})
    return select_from(gather(pool, recipe.pool, recipe.response, recipe.select.seed), recipe)


def selections(reference: Path, name: str) -> dict[str, list[str]]:
    return json.loads((reference / f"{name}_selections.json").read_text())["selections"]


@pytest.mark.parametrize("size", [50, 100, 300])
@pytest.mark.parametrize(
    ("variant", "key"),
    [
        ("paper", "paper_n{}_tie_uuid"),
        ("crowdselect", "crowdselect_n{}_literal_uuid_order"),
        ("crowdselect_intended", "crowdselect_n{}_intended_tie_uuid"),
    ],
)
def test_instag_in_the_order_of_taking(variant: str, key: str, size: int, pool: Pool, reference: Path) -> None:
    found = chosen(pool, strategy="instag", variant=variant, size=size)
    assert found.uuids.tolist() == selections(reference, "instag")[key.format(size)]


@pytest.mark.parametrize("size", [10, 30, 1000])
def test_ifd_takes_the_same_rows(size: int, pool: Pool, reference: Path) -> None:
    """The published file is in data set order, ours the best first; at 1,000 all that are kept are taken."""
    found = chosen(pool, strategy="ifd", size=size).uuids.tolist()
    assert sorted(found) == sorted(selections(reference, "ifd")[f"cherry_top{size}_dataset_order"])
    values = {row["uuid"]: row["ifd"] for row in pq.read_table(reference / "ifd.parquet").to_pylist()}
    assert found == sorted(found, key=lambda uuid: (-values[uuid], uuid))


@pytest.mark.parametrize("size", [10, 30, 1000])
def test_ifd_ppl_in_the_published_order(size: int, pool: Pool, reference: Path) -> None:
    found = chosen(pool, strategy="ifd_ppl", size=size).uuids.tolist()
    assert found == selections(reference, "ifd")[f"superfiltering_top{size}_best_first"]


def test_ifd_is_of_the_response_that_is_exported(pool: Pool, reference: Path) -> None:
    models = {row["uuid"]: row["model"] for row in pq.read_table(reference / "ifd.parquet").to_pylist()}
    found = chosen(pool, strategy="ifd_ppl", size=30)
    exported = [pool.models[row].name for row in found.candidates.chosen[found.positions]]
    assert exported == [models[uuid] for uuid in found.uuids]


@pytest.mark.parametrize("size", ["100", "all"])
@pytest.mark.parametrize("threshold", [0.9, 0.5, 0.3])
def test_deita_in_the_published_order(threshold: float, size: str, pool: Pool, reference: Path) -> None:
    rows = 802 if size == "all" else int(size)
    found = chosen(pool, strategy="deita", score="deita", threshold=threshold, size=rows)
    published = selections(reference, "deita")
    # no two scores are equal here, so the published code's own orders of ties are the same; its scripts walk row by row
    ties = ("uuid", "row", "pandas_default") if size == "100" else ("uuid",)
    for tie in ties:
        assert found.uuids.tolist() == published[f"thr{threshold}_n{size}_batch1_tie_{tie}"]


def test_vectors_stand_beside_their_instructions(pool: Pool, alpacaeval: Path) -> None:
    of = alpacaeval / "reference"
    uuids = (of / "embeddings_uuids.txt").read_text().splitlines()
    assert pool.vectors is not None
    rows = [pool.row_of[uuid] for uuid in uuids]
    found = pool.vectors("minilm")
    np.testing.assert_array_equal(found[rows], np.load(of / "embeddings.npy"))
    assert np.isnan(np.delete(found, rows, axis=0)).all()
