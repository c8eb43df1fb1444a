"""From the real files to the selected JSONL through the two command lines, as scripts call them."""

import gzip
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from crowdselect.cli import main as crowdselect
from crowdselect.store import Build, Workspace, open_build
from tests.golden.conftest import JUDGE
from tests.golden.test_selections import CASES

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow

# Everything that both formats carry (`source` stands in the JSONL file alone), in an order of its own.
TABLES = {
    "instructions": "SELECT uuid, instruction, n_words FROM instructions ORDER BY ALL",
    "models": "SELECT model, family, params_b FROM models ORDER BY ALL",
    "responses": "SELECT uuid, model, response, n_words FROM responses ORDER BY ALL",
    "scores": "SELECT uuid, model, reward_model, score FROM scores ORDER BY ALL",
    "metrics": "SELECT * FROM metrics ORDER BY ALL",
}
DERIVED = {
    "embeddings": "SELECT * FROM embeddings ORDER BY uuid",
    "clusters": "SELECT * FROM clusters ORDER BY ALL",
    "projections": "SELECT * FROM projections ORDER BY ALL",
}


def run(*arguments: object, code: int = 0) -> str:
    """One command; returns what it printed."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def workspace_of(folder: Path, data: Path, alpacaeval: Path) -> Path:
    """A workspace of the real pool with its reference clusters and computed metrics."""
    at = ["--workspace", folder, "--no-publish"]
    run("precompute", "ingest", data, "--families", alpacaeval / "families.csv", *at)
    labels = alpacaeval / "reference" / "clusters.parquet"
    for name in ("k10", "k30"):
        run("precompute", "attach", "clusters", labels, "--column", name, "--name", name, *at)
    run("precompute", "run", "metrics", "--workspace", folder)
    return folder


@pytest.fixture(scope="module")
def from_zoo(alpacaeval: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace_of(tmp_path_factory.mktemp("zoo"), alpacaeval / "zoo.parquet", alpacaeval)


@pytest.fixture(scope="module")
def from_shuffled_lines(alpacaeval: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lines")
    with gzip.open(alpacaeval / "responses.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()
    random.Random(1).shuffle(lines)
    with gzip.open(folder / "shuffled.jsonl.gz", "wt", encoding="utf-8", compresslevel=1) as file:
        file.writelines(lines)
    return workspace_of(folder / "workspace", folder / "shuffled.jsonl.gz", alpacaeval)


def build_of(workspace: Path) -> Build:
    return open_build(Workspace.of(workspace))


def write_recipe(folder: Path, document: dict) -> Path:
    file = folder / "recipe.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_both_formats_give_equal_tables(from_zoo: Path, from_shuffled_lines: Path) -> None:
    for name, sql in TABLES.items():
        zoo, lines = build_of(from_zoo).query(sql), build_of(from_shuffled_lines).query(sql)
        assert zoo.num_rows > 0, name
        assert zoo.equals(lines), name


@pytest.mark.parametrize(("ties", "column"), [("average", "stability_tie_aware"), ("original", "stability_original")])
def test_metrics_command_equals_the_reference(
    from_zoo: Path, alpacaeval: Path, tmp_path: Path, ties: str, column: str
) -> None:
    out = tmp_path / "metrics.parquet"
    run("crowdselect", "metrics", "--out", out, "--reward-model", JUDGE, "--ties", ties, "--workspace", from_zoo)
    found = pq.read_table(out).sort_by("uuid")
    reference = pq.read_table(alpacaeval / "reference" / "metrics.parquet").sort_by("uuid")
    assert found["uuid"].to_pylist() == reference["uuid"].to_pylist()
    for mine, theirs in {"difficulty": "difficulty", "separability": "separability", "stability": column}.items():
        np.testing.assert_allclose(found[mine].to_numpy(), reference[theirs].to_numpy(), rtol=0, atol=1e-9)


def test_the_published_metrics_table_equals_the_reference(from_zoo: Path, alpacaeval: Path) -> None:
    reference = pq.read_table(alpacaeval / "reference" / "metrics.parquet").sort_by("uuid")
    found = build_of(from_zoo).query("SELECT * FROM metrics WHERE n_scores = 21 ORDER BY uuid")
    assert found["uuid"].to_pylist() == reference["uuid"].to_pylist()
    pairs = {"difficulty": "difficulty", "separability": "separability", "stability": "stability_tie_aware"}
    for mine, theirs in (pairs | {"stability_original": "stability_original", "reward": "max_score"}).items():
        np.testing.assert_allclose(found[mine].to_numpy(), reference[theirs].to_numpy(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["multi_k10_n10_rounded", "multi_k30_n4_rounded", "cluster10_stability_bottom100"])
def test_select_command_passes_the_check(name: str, from_zoo: Path, alpacaeval: Path, tmp_path: Path) -> None:
    check = json.loads((alpacaeval / "reference" / "selection_checks.json").read_text())[name]
    rows = pq.read_table(alpacaeval / "reference" / "metrics.parquet").to_pylist()
    values = {row["uuid"]: row[check["metric"].split(" ")[0]] for row in rows}
    out = tmp_path / "chosen.jsonl"
    run("crowdselect", "select", write_recipe(tmp_path, CASES[name]), "--out", out, "--workspace", from_zoo)
    chosen = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert set(chosen[0]) == {"uuid", "instruction", "response", "model", "reward", "score", "cluster", "metrics"}
    found = sorted(values[row["uuid"]] for row in chosen)
    np.testing.assert_allclose(found, sorted(check["values"]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("format", ["records", "alpaca", "sharegpt", "messages", "prompt_completion", "preference"])
def test_same_bytes_after_shuffling_the_input(
    format: str, from_zoo: Path, from_shuffled_lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: there are two dozen commands."""
    recipe = write_recipe(tmp_path, CASES["multi_k10_n10_rounded"])
    digests = []
    for number, workspace in enumerate((from_zoo, from_shuffled_lines)):
        out = tmp_path / f"{number}.jsonl"
        at = ["--workspace", str(workspace)]
        assert crowdselect(["select", str(recipe), "--out", str(out), "--format", format, *at]) == 0
        digests.append(hashlib.sha256(out.read_bytes()).hexdigest())
        manifest = json.loads((tmp_path / f"{number}.manifest.json").read_text())
        assert (manifest["sha256"], manifest["rows"], manifest["format"]) == (digests[-1], 100, format)
        capsys.readouterr()
        assert crowdselect(["replay", str(tmp_path / f"{number}.manifest.json"), *at]) == 0
        assert "byte-identical" in capsys.readouterr().out
    assert digests[0] == digests[1]


def test_replay_names_what_differs(from_zoo: Path, alpacaeval: Path, tmp_path: Path) -> None:
    out = tmp_path / "chosen.jsonl"
    recipe = write_recipe(tmp_path, {"select": {"strategy": "reward", "size": 50}})
    run("crowdselect", "select", recipe, "--out", out, "--workspace", from_zoo)
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    changed = tmp_path / "changed.jsonl"
    with gzip.open(alpacaeval / "responses.jsonl.gz", "rt", encoding="utf-8") as lines, changed.open("w") as written:
        for line in lines:
            row = json.loads(line)
            if (row["instruction_id"], row["model"]) == (first["uuid"], first["model"]):
                row["scores"] = {JUDGE: 0.5}
            written.write(json.dumps(row) + "\n")
    other = tmp_path / "other"
    run("precompute", "ingest", changed, "--families", alpacaeval / "families.csv", "--workspace", other)
    said = run("crowdselect", "replay", tmp_path / "chosen.manifest.json", "--workspace", other, code=1)
    assert "scores" in said
    assert "chosen.jsonl differs from line 1 on" in said
    assert "the same rows are selected" in said
    assert said.count("\n") == 1


def test_same_bytes_with_other_batches_threads_and_row_order(alpacaeval: Path, tmp_path: Path) -> None:
    """The whole chain over 300 rows: embed, cluster, project, then a selection over the computed clusters."""
    zoo = pq.read_table(alpacaeval / "zoo.parquet").slice(0, 300)
    order = np.random.default_rng(5).permutation(zoo.num_rows)
    pq.write_table(zoo, tmp_path / "zoo.parquet")
    pq.write_table(zoo.take(pa.array(order)), tmp_path / "shuffled.parquet")
    recipe = write_recipe(tmp_path, {"select": {"size": 100, "clusters": {"name": "kmeans-30", "quota": "equal"}}})
    runs = {
        "a": (tmp_path / "zoo.parquet", ["--set", "embed.batch_size=256"]),
        "b": (tmp_path / "shuffled.parquet", ["--set", "embed.batch_size=70"]),
    }
    digests, tables = [], []
    for name, (data, options) in runs.items():
        at = ["--workspace", tmp_path / name]
        run("precompute", "ingest", data, "--families", alpacaeval / "families.csv", *at, "--no-publish")
        run("precompute", "run", *options, *at)
        run("crowdselect", "select", recipe, "--out", tmp_path / f"{name}.jsonl", *at)
        digests.append((tmp_path / f"{name}.jsonl").read_bytes())
        tables.append({table: build_of(tmp_path / name).query(sql) for table, sql in (TABLES | DERIVED).items()})
    assert digests[0] == digests[1]
    for table in tables[0]:
        assert tables[0][table].equals(tables[1][table]), table
