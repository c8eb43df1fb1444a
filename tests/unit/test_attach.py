"""Attach: what people bring is matched by id, and what cannot be is refused row by row, with a reason."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdselect.pool import Pool
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from tests.unit.workspaces import small_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path)


def parquet(path: Path, **columns: list) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def attach(workspace: Workspace, *arguments: object) -> int:
    return main(["attach", *map(str, arguments), "--workspace", str(workspace.path)])


def rejects(workspace: Workspace) -> list[tuple[int, str]]:
    build = open_build(workspace)
    try:
        table = build.query("SELECT line, reason FROM rejects ORDER BY line").to_pylist()
    finally:
        build.close()
    return [(row["line"], row["reason"]) for row in table]


def pool_of(workspace: Workspace) -> Pool:
    build = open_build(workspace)
    try:
        return load_pool(build)
    finally:
        build.close()


def test_whole_numbers_stay_as_they_are(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "c.parquet", uuid=["u00003", "u00001", "u00002"], k=[7, 2, -1])
    assert attach(workspace, "clusters", file, "--column", "k", "--name", "mine") == 0
    codes = pool_of(workspace).clusterings["mine"].codes
    assert list(codes[:4]) == [-1, 2, -1, 7]


@pytest.mark.parametrize("dictionary", [False, True])
def test_texts_are_coded_by_their_order(workspace: Workspace, tmp_path: Path, dictionary: bool) -> None:
    labels = pa.array(["maths", "coding", None, "maths"])
    labels = labels.dictionary_encode() if dictionary else labels
    pq.write_table(
        pa.table({"uuid": ["u00000", "u00001", "u00002", "u00003"], "topic": labels}), tmp_path / "c.parquet"
    )
    assert attach(workspace, "clusters", tmp_path / "c.parquet", "--column", "topic") == 0
    found = pool_of(workspace).clusterings["topic"]
    assert list(found.codes[:4]) == [1, 0, -1, 1]
    assert dict(found.names) == {0: "coding", 1: "maths"}


def test_unknown_and_repeated_ids_are_refused(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = parquet(tmp_path / "c.parquet", uuid=["u00000", "nobody", "u00000", None, "u00001"], k=[1, 2, 3, 4, 5])
    assert attach(workspace, "clusters", file, "--column", "k") == 0
    assert rejects(workspace) == [(2, "no instruction has the id nobody"), (3, "repeats line 1"), (4, "no id")]
    assert "clusters:k: read 5 = kept 2 + rejected 3" in capsys.readouterr().out
    (written,) = workspace.rejects.iterdir()
    assert [json.loads(line)["line"] for line in written.read_text().splitlines()] == [2, 3, 4]
    file = parquet(tmp_path / "c.parquet", uuid=["u00000"], k=[1])
    assert attach(workspace, "clusters", file, "--column", "k") == 0
    assert "replaces what was attached" in capsys.readouterr().out
    assert rejects(workspace) == []
    assert list(pool_of(workspace).clusterings["k"].labels) == [1]


def test_nothing_that_matches_is_an_error_and_changes_nothing(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = parquet(tmp_path / "c.parquet", uuid=["x", "y"], k=[1, 2])
    assert attach(workspace, "clusters", file, "--column", "k") == 1
    error = capsys.readouterr().err
    assert "None of the 2 rows of c.parquet" in error
    assert error.count("\n") == 1
    assert workspace.current_build() == "0001"


@pytest.mark.parametrize(
    ("columns", "column", "message"),
    [
        ({"uuid": ["u00000"], "k": [1]}, "q", "no column 'q'; choose one of uuid, k"),
        ({"name": ["u00000"], "k": [1]}, "k", "no column uuid"),
        ({"uuid": ["u00000"], "k": [[1]]}, "k", "labels are whole numbers or texts"),
    ],
)
def test_wrong_columns_are_named(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], columns: dict, column: str, message: str
) -> None:
    file = parquet(tmp_path / "c.parquet", **columns)
    assert attach(workspace, "clusters", file, "--column", column) == 1
    assert message in capsys.readouterr().err


def test_labels_that_are_no_labels_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "c.parquet", uuid=["u00000", "u00001", "u00002"], k=[1.0, 1.5, -3.0])
    assert attach(workspace, "clusters", file, "--column", "k") == 0
    assert [line for line, _ in rejects(workspace)] == [2, 3]


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_a_metric_comes_from_any_of_three_formats(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    uuids, numbers = ["u00000", "u00001", "u00002", "u00003"], [0.5, None, float("inf"), -2.0]
    file = tmp_path / f"m.{kind}"
    if kind == "parquet":
        parquet(file, uuid=uuids, ifd=numbers)
    elif kind == "jsonl":
        texts = ["0.5", "null", "1e999", "-2"]
        file.write_text("".join(f'{{"uuid": "{u}", "ifd": {t}}}\n' for u, t in zip(uuids, texts, strict=True)))
    else:
        file.write_text("uuid,ifd\nu00000,0.5\nu00001,\nu00002,inf\nu00003,-2\n")
    assert attach(workspace, "metric", file, "--column", "ifd") == 0
    np.testing.assert_array_equal(pool_of(workspace).signals["ifd"][:4], [0.5, np.nan, np.nan, -2.0])
    ((_, reason),) = rejects(workspace)
    assert "ifd" in reason or "1e999" in reason
    build = open_build(workspace)
    rows = build.query("SELECT uuid, ifd FROM metrics WHERE reward_model IS NULL ORDER BY uuid").to_pylist()
    build.close()
    assert rows[0] == {"uuid": "u00000", "ifd": 0.5}


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_a_column_model_makes_it_a_metric_of_answers(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    rows = [
        ("u00000", "other-7b", 0.5), ("u00000", "Qwen2-7B-Instruct", 1.5), ("u00001", "other-7b", 2.5),
        ("u00001", "other-7b", 9.0), ("u00001", "nobody", 9.0), ("u00001", None, 9.0), ("unknown", "other-7b", 9.0),
    ]  # fmt: skip
    file = tmp_path / f"m.{kind}"
    if kind == "parquet":
        parquet(
            file,
            **{
                name: list(column)
                for name, column in zip(("uuid", "model", "mine"), zip(*rows, strict=True), strict=True)
            },
        )
    elif kind == "jsonl":
        lines = [json.dumps(dict(zip(("uuid", "model", "mine"), row, strict=True))) for row in rows]
        file.write_text("\n".join(lines))
    else:
        file.write_text("uuid,model,mine\n" + "".join(f"{uuid},{model or ''},{value}\n" for uuid, model, value in rows))
    assert attach(workspace, "metric", file, "--column", "mine") == 0
    pool = pool_of(workspace)
    assert "mine" not in pool.signals
    measured = pool.response_signals["mine"]
    names = [model.name for model in pool.models]
    found = {(str(pool.uuids[row]), names[m]): measured[m, row] for m, row in np.argwhere(~np.isnan(measured))}
    assert found == {row[:2]: row[2] for row in rows[:3]}
    assert sorted(reason for _, reason in rejects(workspace)) == [
        "no answer of nobody to this instruction", "no instruction has the id unknown", "no model",
        f"repeats line {3 + (kind == 'csv')}",
    ]  # fmt: skip
    file = parquet(tmp_path / "n.parquet", uuid=["u00002"], mine=[3.0])
    assert attach(workspace, "metric", file, "--column", "mine") == 0
    pool = pool_of(workspace)
    assert "mine" not in pool.response_signals, "replaced by numbers of instructions"
    assert pool.signals["mine"][2] == 3.0


def test_values_that_are_missing_are_said(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uuids = ["u00000", "u00001", "u00002"]
    half = parquet(tmp_path / "half.parquet", uuid=uuids, m=[1.5, None, None])
    assert attach(workspace, "metric", half, "--column", "m") == 0
    assert "signals:m: 2 of the 3 have no value" in capsys.readouterr().out
    none = parquet(tmp_path / "none.parquet", uuid=uuids, m=pa.nulls(3, pa.float64()))
    assert attach(workspace, "metric", none, "--column", "m") == 1
    assert "None of the 3 rows of none.parquet has a value" in capsys.readouterr().err
    assert np.isfinite(pool_of(workspace).signals["m"]).sum() == 1


def test_text_is_no_metric(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.jsonl").write_text(
        '{"uuid": "u00000", "q": true}\n{"uuid": "u00001", "q": "high"}\nnot json\n{"uuid": "u00002", "q": 1}\n'
    )
    assert attach(workspace, "metric", tmp_path / "m.jsonl", "--column", "q") == 0
    assert [line for line, _ in rejects(workspace)] == [1, 2, 3]
    assert "read 4 = kept 1 + rejected 3" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["difficulty", "Reward", "uuid", "N_scores"])
def test_built_in_names_are_refused(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = parquet(tmp_path / "m.parquet", uuid=["u00000"], q=[1.0])
    assert attach(workspace, "metric", file, "--column", "q", "--name", name) == 1
    assert "choose another with --name" in capsys.readouterr().err


def test_names_that_differ_in_case_alone_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "m.parquet", uuid=["u00000"], q=[1.0])
    assert attach(workspace, "metric", file, "--column", "q", "--name", "IFD") == 0
    assert attach(workspace, "metric", file, "--column", "q", "--name", "ifd") == 1
    assert attach(workspace, "metric", file, "--column", "q", "--name", "IFD") == 0


def test_a_name_may_hold_any_character(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "m.parquet", uuid=["u00000"], q=[1.0])
    name = "a'b\"; DROP TABLE jobs; --"
    assert attach(workspace, "metric", file, "--column", "q", "--name", name) == 0
    assert pool_of(workspace).signals[name][0] == 1.0


def embeddings(folder: Path, matrix: np.ndarray, ids: list[str]) -> tuple[Path, Path]:
    np.save(folder / "e.npy", matrix)
    (folder / "ids.txt").write_text("".join(f"{uuid}\n" for uuid in ids))
    return folder / "e.npy", folder / "ids.txt"


def test_embeddings_are_attached_by_the_order_of_their_ids(workspace: Workspace, tmp_path: Path) -> None:
    matrix = np.arange(12, dtype=np.float64).reshape(3, 4)
    matrix[1, 2] = np.nan
    file, ids = embeddings(tmp_path, matrix, ["u00005", "u00004", "u00003"])
    assert attach(workspace, "embeddings", file, "--ids", ids, "--name", "mine") == 0
    build = open_build(workspace)
    rows = build.query("SELECT uuid, field, embedder, vector FROM embeddings ORDER BY uuid").to_pylist()
    build.close()
    assert [(row["uuid"], row["field"], row["embedder"]) for row in rows] == [
        ("u00003", "instruction", "mine"),
        ("u00005", "instruction", "mine"),
    ]
    assert rows[0]["vector"] == [8.0, 9.0, 10.0, 11.0]
    assert rejects(workspace) == [(2, "the vector is not finite")]


@pytest.mark.parametrize(
    ("matrix", "ids", "message"),
    [
        (np.ones((2, 3)), ["u00000"], "must be as many"),
        (np.ones(3), ["u00000"], "save a float matrix"),
        (np.ones((1, 3), dtype=np.int64), ["u00000"], "save a float matrix"),
        (np.array([["a"]], dtype=object), ["u00000"], "cannot be read"),
    ],
)
def test_what_is_no_matrix_of_floats_is_refused(
    workspace: Workspace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    matrix: np.ndarray,
    ids: list,
    message: str,
) -> None:
    file, ids_file = embeddings(tmp_path, matrix, ids)
    assert attach(workspace, "embeddings", file, "--ids", ids_file, "--name", "mine") == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_tags_count_once_and_are_replaced_as_a_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", uuid=["u00001", "u00000"], tags=[["b", "a", "b", " "], ["a"]])
    assert attach(workspace, "tags", file) == 0
    tags = pool_of(workspace).tags
    assert {name: list(rows) for name, rows in tags.items()} == {"a": [0, 1], "b": [1]}
    file = parquet(tmp_path / "t.parquet", uuid=["u00002"], tags=[["c"]])
    assert attach(workspace, "tags", file) == 0
    assert list(pool_of(workspace).tags) == ["c"]


def test_the_tags_of_a_row_keep_their_order(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", uuid=["u00001", "u00000"], tags=[["b", " ", "a", "b"], ["c", "b"]])
    assert attach(workspace, "tags", file) == 0
    pool = pool_of(workspace)
    assert {name: list(places) for name, places in pool.tag_places.items()} == {"a": [2], "b": [1, 0], "c": [0]}
    build = open_build(workspace)
    rows = build.query("SELECT tag FROM tags WHERE uuid = 'u00001' ORDER BY place")
    before = build.digests()["tags"]
    build.close()
    assert rows["tag"].to_pylist() == ["b", "a"]
    file = parquet(tmp_path / "t.parquet", uuid=["u00001", "u00000"], tags=[["a", "b"], ["c", "b"]])
    assert attach(workspace, "tags", file) == 0
    build = open_build(workspace)
    assert build.digests()["tags"] != before
    build.close()


def test_a_build_made_before_tags_had_an_order_can_be_read(workspace: Workspace, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", uuid=["u00001", "u00000"], tags=[["b", "a"], ["a"]])
    assert attach(workspace, "tags", file) == 0
    with duckdb.connect(workspace.build(str(workspace.current_build()))) as db:
        db.execute("DROP VIEW tags")
        db.execute("ALTER TABLE tag_values DROP COLUMN place")
        db.execute("CREATE VIEW tags AS SELECT i.uuid, t.tag FROM tag_values t JOIN instructions i USING (iid)")
    old = pool_of(workspace)
    assert {name: list(rows) for name, rows in old.tags.items()} == {"a": [0, 1], "b": [1]}
    assert old.tag_places == {}


def test_families_of_a_file_outlive_guesses(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "families.csv"
    file.write_text("model,family,params_b\nother-7b,mine,7.5\n")
    assert attach(workspace, "families", file) == 0
    found = {model.name: model for model in pool_of(workspace).models}["other-7b"]
    assert (found.family, found.params_b, found.origin) == ("mine", 7.5, "csv")
    assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    assert {m.name: m.family for m in pool_of(workspace).models}["other-7b"] == "mine"


def test_what_a_job_made_is_not_overwritten(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    file, ids = embeddings(tmp_path, rng.normal(size=(12, 5)).astype(np.float32), [f"u{i:05d}" for i in range(12)])
    assert attach(workspace, "embeddings", file, "--ids", ids, "--name", "mine") == 0
    assert main(["run", "cluster", "--set", "cluster.k=3", "--workspace", str(workspace.path)]) == 0
    labels = parquet(tmp_path / "c.parquet", uuid=["u00000"], k=[1])
    assert attach(workspace, "clusters", labels, "--column", "k", "--name", "kmeans-3") == 1
    assert "was computed by `run cluster`" in capsys.readouterr().err
