"""From files to a file, three reward models that disagree: each line's numbers are those of its own answer in SQL."""

import json
from pathlib import Path

import pytest
import yaml

from crowdselect.cli import main as crowdselect
from crowdselect.store import Workspace, open_build
from precompute.cli import main as precompute
from tests.unit.tiny_models import save_tokenizer
from tests.unit.workspaces import MODELS

pytestmark = pytest.mark.slow  # transformers at work

ROWS = 30
RMS = ("rm-a", "rm-b", "rm-c")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def workspace(tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Answers of very different lengths, tokens of all of them, and a metric `mine` of two models' answers."""
    folder = tmp_path_factory.mktemp("three")
    workspace = Workspace.of(folder / "workspace")
    lines = [
        {
            "uuid": f"u{row:03d}",
            "instruction": f"Tell me about {row}",
            "model": model,
            "response": f"{model} says " + "so and so " * ((row * 7 + place * 13) % 29),
            "scores": {rm: (row * 31 + place * 17 * (nth + 1) + nth * 5) % 97 / 10 for nth, rm in enumerate(RMS)},
        }
        for row in range(ROWS)
        for place, model in enumerate(MODELS)
    ]
    (folder / "pool.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    mine = [{"uuid": line["uuid"], "model": line["model"], "mine": place / 7} for place, line in enumerate(lines)]
    (folder / "mine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in mine if line["model"] in MODELS[:3]))
    where = ("--workspace", str(workspace.path))
    assert precompute(["ingest", str(folder / "pool.jsonl"), "--no-publish", *where]) == 0
    assert precompute(["attach", "metric", str(folder / "mine.jsonl"), "--column", "mine", "--no-publish", *where]) == 0
    assert precompute(["run", "tokens", "metrics", "--set", f"tokens.tokenizer={tokenizer}", *where]) == 0
    return workspace


def exported(workspace: Workspace, folder: Path, document: dict) -> list[dict]:
    (folder / "recipe.yaml").write_text(yaml.safe_dump(document))
    words = ["select", str(folder / "recipe.yaml"), "--out", str(folder / "out.jsonl"), "--workspace"]
    assert crowdselect([*words, str(workspace.path)]) == 0
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def in_sql(workspace: Workspace, name: str) -> dict[tuple[str, str], float]:
    build = open_build(workspace)
    try:
        found = build.query("SELECT uuid, model, value FROM response_signals WHERE name = ?", [name]).to_pylist()
    finally:
        build.close()
    return {(row["uuid"], row["model"]): row["value"] for row in found}


@pytest.mark.parametrize("reward_model", [*RMS, "ensemble"])
def test_a_file_costs_no_more_than_its_budget_by_the_tokenizer_itself(
    workspace: Workspace, tokenizer: Path, tmp_path: Path, reward_model: str
) -> None:
    from tokenizers import Tokenizer

    counter = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))

    def cost(line: dict) -> int:
        texts = (line["instruction"], line["response"])
        return sum(len(counter.encode(text, add_special_tokens=False).ids) for text in texts)

    document: dict = {"pool": {"reward_model": reward_model}, "select": {"size": 12}}
    free = sum(cost(line) for line in exported(workspace, tmp_path, document))
    budget = int(free * 0.7)
    document["constraints"] = {"budget": {"max": budget, "unit": "tokens"}}
    lines = exported(workspace, tmp_path, document)
    assert len(lines) == 12
    assert sum(cost(line) for line in lines) <= budget


@pytest.mark.parametrize("response", [{"choose": "best"}, {"choose": "random"}, {"choose": "model", "name": MODELS[1]}])
def test_a_line_holds_the_numbers_of_its_own_answer(workspace: Workspace, tmp_path: Path, response: dict) -> None:
    weights = {"mine": 1, "tokens_response": -1}
    lines = exported(
        workspace,
        tmp_path,
        {"pool": {"reward_model": "rm-b"}, "select": {"size": 10, "weights": weights}, "response": response},
    )
    for name in weights:
        values = in_sql(workspace, name)
        assert [line["metrics"][name] for line in lines] == [values[line["uuid"], line["model"]] for line in lines]


def test_metrics_in_sql_are_of_the_best_response_by_each_reward_model(workspace: Workspace) -> None:
    build = open_build(workspace)
    try:
        rows = build.query("""
            WITH best AS (SELECT uuid, reward_model, model FROM scores
                QUALIFY row_number() OVER (PARTITION BY uuid, reward_model ORDER BY score DESC, model) = 1)
            SELECT count(*) AS rows, count(m.mine) AS there,
                count(*) FILTER (m.mine IS NOT DISTINCT FROM r.value) AS same
            FROM metrics m JOIN best USING (uuid, reward_model)
                LEFT JOIN (SELECT * FROM response_signals WHERE name = 'mine') r USING (uuid, model)
        """).to_pylist()
        alone = build.query("SELECT DISTINCT mine FROM metrics WHERE reward_model IS NULL").to_pylist()
    finally:
        build.close()
    assert rows == [{"rows": 90, "there": rows[0]["there"], "same": 90}]
    assert 0 < rows[0]["there"] < 90
    assert alone == [{"mine": None}]


def test_what_was_not_measured_is_named_with_its_number_and_the_command(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"pool": {"reward_model": "rm-a"}, "select": {"size": 5, "weights": {"mine": 1}}}
    values = in_sql(workspace, "mine")
    capsys.readouterr()
    exported(workspace, tmp_path, document)
    everyone = exported(workspace, tmp_path, {**document, "select": {"size": ROWS}})
    lacking = sum((line["uuid"], line["model"]) not in values for line in everyone)
    said = (
        f"mine is missing for {lacking} of {ROWS} exported answers:"
        " run `python -m precompute attach metric FILE --column mine`."
    )
    assert capsys.readouterr().err.splitlines() == [said]
    document["select"] = {"size": ROWS, "weights": {"mine": 1}}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(document))
    words = ["select", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "out.jsonl")]
    assert crowdselect([*words, "--workspace", str(workspace.path)]) == 1
    error = capsys.readouterr().err
    assert f"Size {ROWS} cannot be met: {ROWS - lacking} of {ROWS}" in error
    assert said in error
