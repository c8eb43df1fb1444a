"""Tokens: counts by a tokenizer of one's own, of instructions and of the responses that stand for them."""

from pathlib import Path

import pytest
import yaml

from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from precompute.database import registered
from precompute.jobs.chosen import BEST
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


def counts(workspace: Workspace, name: str) -> dict[str, float]:
    build = open_build(workspace)
    try:
        query = f"SELECT uuid, {name} AS n FROM metrics WHERE reward_model IS NULL AND {name} IS NOT NULL"  # noqa: S608
        return {row["uuid"]: row["n"] for row in build.query(query).to_pylist()}
    finally:
        build.close()


def plain(tokenizer: Path, text: str) -> int:
    """By the tokenizers library alone."""
    from tokenizers import Tokenizer

    return len(Tokenizer.from_file(str(tokenizer / "tokenizer.json")).encode(text, add_special_tokens=False).ids)


def test_counts_are_the_tokenizers_own_and_feed_the_strategy_length(tokenizer: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=12)
    assert run(workspace, f"tokenizer={tokenizer}", "batch_size=5") == 0
    with writer(workspace) as db:
        texts = dict(db.execute("SELECT uuid, instruction FROM instructions").fetchall())
        with registered(db, wanted=db.sql("SELECT iid FROM instructions").to_arrow_table()):
            best = dict(db.execute(f"SELECT uuid, response FROM ({BEST})").fetchall())  # noqa: S608
    found = counts(workspace, "tokens_instruction")
    assert found == {uuid: plain(tokenizer, text) for uuid, text in texts.items()}
    assert counts(workspace, "tokens_response") == {uuid: plain(tokenizer, text) for uuid, text in best.items()}
    build = open_build(workspace)
    try:
        how = {"strategy": "length", "of": "instruction", "unit": "tokens", "size": 5}
        recipe = Recipe.parse({"pool": {"reward_model": "rm-a"}, "select": how})
        chosen = select(load_pool(build), recipe).uuids.tolist()
    finally:
        build.close()
    assert chosen == sorted(found, key=lambda uuid: (-found[uuid], uuid))[:5]


def test_the_response_of_a_named_model_and_what_is_stale(
    tokenizer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=6)
    with writer(workspace) as db:
        (model,) = db.execute("SELECT min(model) FROM models").fetchall()[0]
        texts = dict(db.execute("SELECT uuid, response FROM responses WHERE model = ?", [model]).fetchall())
    named = yaml.safe_dump(model).splitlines()[0]
    assert run(workspace, f"tokenizer={tokenizer}", "fields=[response]", f"response={named}") == 0
    assert counts(workspace, "tokens_response") == {uuid: plain(tokenizer, text) for uuid, text in texts.items()}
    capsys.readouterr()
    assert run(workspace, f"tokenizer={tokenizer}", "fields=[response]", f"response={named}") == 0
    assert "tokens_response: up to date" in capsys.readouterr().out


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
