"""Tokens: counts by a tokenizer of one's own, of instructions and of the responses that stand for them."""

from pathlib import Path

import pytest

from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from precompute.jobs.tokens import token_counts
from precompute.models.load_causal import load_tokenizer
from precompute.session import writer
from tests.unit.tiny_models import save_tokenizer
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its texts begin with a token of its own, which does not count."""
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    return folder


def run(workspace: Workspace, *settings: str) -> int:
    words = [word for setting in settings for word in ("--set", f"tokens.{setting}")]
    return main(["run", "tokens", *words, "--workspace", str(workspace.path)])


def counts(workspace: Workspace, query: str) -> dict[tuple[str, ...], float]:
    """The last column by those before it."""
    build = open_build(workspace)
    try:
        return {tuple(row[:-1]): row[-1] for row in zip(*build.query(query).to_pydict().values(), strict=True)}
    finally:
        build.close()


RESPONSES = "SELECT uuid, model, value FROM response_signals WHERE name = 'tokens_response'"


def plain(tokenizer: Path, text: str) -> int:
    """By the tokenizers library alone."""
    from tokenizers import Tokenizer

    return len(Tokenizer.from_file(str(tokenizer / "tokenizer.json")).encode(text, add_special_tokens=False).ids)


def test_counts_are_the_tokenizers_own_and_feed_the_strategy_length(tokenizer: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=12)
    assert run(workspace, f"tokenizer={tokenizer}", "batch_size=5") == 0
    with writer(workspace) as db:
        texts = dict(db.execute("SELECT uuid, instruction FROM instructions").fetchall())
        responses = db.execute("SELECT uuid, model, response FROM responses").fetchall()
    in_sql = counts(workspace, "SELECT uuid, tokens_instruction FROM metrics WHERE reward_model IS NULL")
    found = {uuid: count for (uuid,), count in in_sql.items()}
    assert found == {uuid: plain(tokenizer, text) for uuid, text in texts.items()}
    assert counts(workspace, RESPONSES) == {(uuid, model): plain(tokenizer, text) for uuid, model, text in responses}
    build = open_build(workspace)
    try:
        how = {"strategy": "length", "of": "instruction", "unit": "tokens", "size": 5}
        recipe = Recipe.parse({"pool": {"reward_model": "rm-a"}, "select": how})
        chosen = select(load_pool(build), recipe).uuids.tolist()
    finally:
        build.close()
    assert chosen == sorted(found, key=lambda uuid: (-found[uuid], uuid))[:5]


def test_the_responses_of_a_named_model_then_all(
    tokenizer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=6)
    settings = (f"tokenizer={tokenizer}", "fields=[response]")
    assert run(workspace, *settings, "responses=model:other-7b") == 0
    assert {key[1] for key in counts(workspace, RESPONSES)} == {"other-7b"}
    capsys.readouterr()
    assert run(workspace, *settings, "responses=model:other-7b") == 0
    assert "tokens_response: up to date" in capsys.readouterr().out
    assert run(workspace, *settings) == 0
    assert "tokens_response: 18 rows" in capsys.readouterr().out
    assert len(counts(workspace, RESPONSES)) == 24


def test_without_a_tokenizer_or_with_a_wrong_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = small_workspace(tmp_path, rows=2)
    assert run(workspace) == 1
    assert "--set tokens.tokenizer=NAME" in capsys.readouterr().err
    assert run(workspace, f"tokenizer={tmp_path}/nowhere.gguf") == 1
    error = capsys.readouterr().err
    assert "there is no file" in error
    assert len(error.splitlines()) == 1


def test_no_text_and_long_texts(tokenizer: Path) -> None:
    made = load_tokenizer(str(tokenizer))
    assert token_counts(made, []) == []
    long = "salty sea " * 20_000
    assert token_counts(made, [long, ""]) == [plain(tokenizer, long), 0]
