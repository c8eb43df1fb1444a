"""A response without words is never exported, whatever the recipe asks for; its score still counts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crowdselect.cli import main
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.responses import RESPONSES
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main as precompute

MODELS = ("a-1b", "b-2b", "c-3b")
TEXTS = {
    "r1": ["", "The Baltic Sea.", "None known"],
    "r2": ["   \n ", "b.", "c"],
    "r3": ["One.", "\u2003\u00a0", "Three of them."],
    "r4": ["", " ", "\t"],  # nothing but blanks
    "r5": ["Yes.", "No.", "Perhaps not."],
}
SCORES = np.array([[0.95, 0.5, 0.1], [0.9, 0.3, 0.1], [0.2, 0.9, 0.1], [0.5, 0.6, 0.7], [0.3, 0.2, 0.1]]).T


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("blank")
    lines = [
        {"id": uuid, "instruction": f"Ask {uuid}.", "model": model, "response": text, "scores": {"rm": score}}
        for (uuid, texts), scores in zip(TEXTS.items(), SCORES.T, strict=True)
        for model, text, score in zip(MODELS, texts, scores, strict=True)
    ]
    (folder / "pool.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert precompute(["ingest", str(folder / "pool.jsonl"), "--workspace", str(folder / "w")]) == 0
    return Workspace.of(folder / "w")


@pytest.fixture(scope="module")
def pool(workspace: Workspace) -> Pool:
    return load_pool(open_build(workspace))


@pytest.mark.parametrize("choose", RESPONSES)
def test_no_rule_takes_a_blank_one(choose: str, pool: Pool) -> None:
    response: dict[str, Any] = {"choose": choose, **({"name": MODELS[0]} if choose == "model" else {})}
    size = 2 if choose == "model" else 4  # the first model is blank in r1, r2 and r4
    for seed in range(20 if "random" in choose else 1):
        document = {"select": {"strategy": "random", "size": size, "seed": seed}, "response": response}
        found = select(pool, Recipe.parse(document))
        assert "r4" not in found.uuids
        for uuid, model in zip(found.uuids, found.chosen, strict=True):
            assert TEXTS[uuid][model].strip(), (uuid, model)


def test_the_next_best_is_taken_and_the_scores_count(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.yaml").write_text("{select: {strategy: difficulty, size: 4}}")
    at = [str(tmp_path / "r.yaml"), "--out", str(tmp_path / "r.jsonl"), "--workspace", str(workspace.path)]
    assert main(["select", *at]) == 0
    said = capsys.readouterr().err
    assert said == "6 responses are blank and never chosen; 1 instruction has no other and cannot be chosen.\n"
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    chosen = {row["uuid"]: (row["model"], row["reward"]) for row in rows}
    assert chosen == {"r1": ("b-2b", 0.5), "r2": ("b-2b", 0.3), "r3": ("a-1b", 0.2), "r5": ("a-1b", 0.3)}
    means = {uuid: -scores.mean() for uuid, scores in zip(TEXTS, SCORES.T, strict=True)}
    assert {row["uuid"]: row["metrics"]["difficulty"] for row in rows} == pytest.approx(
        {uuid: means[uuid] for uuid in chosen}
    )
    assert {row["uuid"]: row["metrics"]["reward"] for row in rows} == {
        uuid: SCORES[:, place].max() for place, uuid in enumerate(TEXTS) if uuid in chosen
    }


def test_the_metrics_table_has_the_length_of_what_would_be_exported(workspace: Workspace) -> None:
    assert precompute(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    table = open_build(workspace).query("SELECT uuid, length_response FROM metrics ORDER BY uuid")
    assert table["length_response"].to_pylist() == [3, 1, 1, None, 1]


def test_a_pool_without_blanks_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"id": "r", "instruction": "Ask.", "model": "m", "response": "Yes.", "scores": {"rm": 1.0}}
    (tmp_path / "pool.jsonl").write_text(json.dumps(line))
    (tmp_path / "r.yaml").write_text("{select: {strategy: random, size: 1}}")
    at = ["--workspace", str(tmp_path / "w")]
    assert precompute(["ingest", str(tmp_path / "pool.jsonl"), *at]) == 0
    capsys.readouterr()
    assert main(["select", str(tmp_path / "r.yaml"), "--out", str(tmp_path / "r.jsonl"), *at]) == 0
    assert capsys.readouterr().err == ""
