"""Reward: real tiny reward models, alone and in batches, here and behind servers; nothing is cut, nothing is mixed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from precompute.cli import main
from precompute.models.load_scorer import load_scorer
from precompute.models_file import Scorer
from precompute.session import writer
from tests.unit.score_servers import serving
from tests.unit.tiny_models import save_causal_model, save_reward_model, save_tokenizer
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow  # torch and transformers at work

PAIRS = [
    ("Tell me why.", "Because."),
    ("", ""),
    ("¿Qué hora es?", "今何時ですか 🕰️ " * 7),
    *[(f"Solve for x: {n}x = {n * 7}", f"x is {7}, for {n} times 7 is {n * 7}. " * (n % 8)) for n in range(24)],
]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reward_model(tmp_path_factory.mktemp("llama"))


def plain_scores(folder: Path, pairs: list[tuple[str, str]]) -> list[float]:
    """One at a time, without padding, as a model card would do it."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    scores = []
    for instruction, response in pairs:
        turns = [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
        text = tokenizer.apply_chat_template(turns, tokenize=False).removeprefix(tokenizer.bos_token)
        with torch.inference_mode():
            scores.append(float(model(**tokenizer(text, return_tensors="pt")).logits[0][0]))
    return scores


@pytest.mark.parametrize("kind", ["llama", "qwen2", "bert"])
def test_batched_scores_are_those_of_one_at_a_time(kind: str, tmp_path: Path) -> None:
    folder = save_reward_model(tmp_path, kind, seed=3)
    model = load_scorer(Scorer(name="rm", path=str(folder)))
    expected = plain_scores(folder, PAIRS)
    assert np.std(expected) > 0.02, "a model that says the same of everything tests nothing"
    texts = [model.tokens(*pair) for pair in PAIRS]
    for tokens in (1, 256, 4096):
        assert np.abs(model.scores(texts, tokens) - expected).max() < 1e-3


def test_order_and_batch_change_no_bit(llama: Path) -> None:
    model = load_scorer(Scorer(name="rm", path=str(llama)))
    texts = [model.tokens(*pair) for pair in PAIRS]
    whole = model.scores(texts)
    assert (model.scores(texts[::-1])[::-1] == whole).all()
    assert (model.scores(texts, memory=0) == whole).all(), "one pass at a time"
    assert np.concatenate([model.scores(texts[at : at + 5]) for at in range(0, len(texts), 5)]).tolist() == list(whole)


def test_one_first_token_whether_template_or_tokenizer_adds_it(llama: Path, tmp_path: Path) -> None:
    model = load_scorer(Scorer(name="rm", path=str(llama)))
    first = model.tokenizer.bos_token_id
    assert model.tokens("a", "b").count(first) == 1
    other = save_reward_model(tmp_path / "other")
    save_tokenizer(other, adds_bos=False)
    model = load_scorer(Scorer(name="rm", path=str(other)))
    assert model.tokens("a", "b").count(first) == 1


def test_the_token_that_ends_every_conversation_does_not_pad(llama: Path) -> None:
    model = load_scorer(Scorer(name="rm", path=str(llama)))
    assert model.tokens("a", "b")[-1] == model.tokenizer.eos_token_id
    assert model.tokenizer.pad_token_id == model.model.config.pad_token_id != model.tokenizer.eos_token_id


def test_what_is_no_reward_model_is_refused(tmp_path: Path, llama: Path) -> None:
    import torch

    causal = save_causal_model(tmp_path / "causal")
    two = save_reward_model(tmp_path / "two", labels=2)
    mute = save_reward_model(tmp_path / "mute")
    save_tokenizer(mute, template=None)
    (mute / "chat_template.jinja").unlink(missing_ok=True)
    pickled = save_reward_model(tmp_path / "pickled")
    (pickled / "model.safetensors").unlink()
    torch.save({}, pickled / "pytorch_model.bin")
    coded = save_reward_model(tmp_path / "coded")
    config = json.loads((coded / "config.json").read_text())
    config |= {
        "model_type": "strange",
        "auto_map": {"AutoConfig": "code.C", "AutoModelForSequenceClassification": "code.M"},
    }
    (coded / "config.json").write_text(json.dumps(config))
    (coded / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    for folder, message in (
        (causal, "no reward model: its weights lack score|gives 2 numbers"),
        (two, "gives 2 numbers, a reward model one"),
        (mute, "no chat template"),
        (pickled, "cannot be loaded"),
        (coded, "cannot be loaded"),
        (tmp_path / "nowhere", "cannot be loaded"),
    ):
        with pytest.raises(UserError, match=message):
            load_scorer(Scorer(name="rm", path=str(folder)))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UserError, match="more than the 512 tokens"):
        load_scorer(Scorer(name="rm", path=str(llama), max_length=513))


def run(workspace: Workspace, *reward_models: dict[str, Any], arguments: tuple[str, ...] = ()) -> int:
    file = workspace.path.parent / "models.yaml"
    file.write_text(yaml.safe_dump({"reward_models": list(reward_models)}))
    return main(["run", "reward", "--models", str(file), "--workspace", str(workspace.path), *arguments])


def scores(workspace: Workspace, name: str) -> dict[tuple[str, str], float]:
    with writer(workspace) as db:
        found = db.execute("SELECT uuid, model, score FROM scores WHERE reward_model = ?", [name]).fetchall()
    assert len(found) == len({row[:2] for row in found}), "a score stands there twice"
    return {(uuid, model): score for uuid, model, score in found}


def responses(workspace: Workspace) -> list[tuple[str, str, str, str]]:
    with writer(workspace) as db:
        return db.execute(
            "SELECT uuid, model, instruction, response FROM responses JOIN instructions USING (uuid) ORDER BY ALL"
        ).fetchall()


def test_every_response_gets_its_score_and_metrics_follow(
    llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path)
    assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    first = {"name": "tiny", "path": str(llama)}
    assert run(workspace, first, arguments=("--set", "reward.batch_size=5")) == 0
    rows = responses(workspace)
    expected = plain_scores(llama, [row[2:] for row in rows])
    found = scores(workspace, "tiny")
    assert max(abs(found[row[:2]] - value) for row, value in zip(rows, expected, strict=True)) < 1e-3
    capsys.readouterr()
    second = {"name": "other", "path": str(save_reward_model(tmp_path / "other", seed=1))}
    assert run(workspace, first, second) == 0
    assert "reward tiny: up to date" in capsys.readouterr().out
    assert scores(workspace, "tiny") == found
    assert scores(workspace, "other").keys() == found.keys()
    assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    with writer(workspace) as db:
        made = db.execute("SELECT DISTINCT reward_model FROM metrics ORDER BY 1").fetchall()
    assert made == [("other",), ("rm-a",), ("rm-b",), ("tiny",)]


def test_other_weights_under_the_same_name_make_all_scores_again(llama: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    assert run(workspace, {"name": "tiny", "path": str(llama)}) == 0
    before = scores(workspace, "tiny")
    other = save_reward_model(tmp_path / "other", seed=1)
    assert run(workspace, {"name": "tiny", "path": str(other)}) == 0
    after = scores(workspace, "tiny")
    assert after.keys() == before.keys()
    assert all(after[key] != before[key] for key in after)


def test_what_is_too_long_is_refused_by_row_and_never_cut(llama: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=6)
    assert run(workspace, {"name": "tiny", "path": str(llama)}) == 0
    whole = scores(workspace, "tiny")
    assert run(workspace, {"name": "short", "path": str(llama), "max_length": 80}) == 0
    short = scores(workspace, "short")
    assert 0 < len(short) < len(whole)
    assert all(short[key] == whole[key] for key in short)
    with writer(workspace) as db:
        reasons = [
            reason for (reason,) in db.execute("SELECT reason FROM rejects WHERE file = 'reward short'").fetchall()
        ]
    assert len(reasons) == len(whole) - len(short)
    assert all("tokens are more than 80" in reason for reason in reasons)
    assert {tuple(reason.split(": ")[:2]) for reason in reasons} == whole.keys() - short.keys()


def test_scores_that_came_with_the_data_are_not_touched(
    llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    before = scores(workspace, "rm-a")
    assert run(workspace, {"name": "rm-a", "path": str(llama)}) == 1
    assert "'rm-a' came with the data; give the reward model another name" in capsys.readouterr().err
    assert scores(workspace, "rm-a") == before


@pytest.mark.parametrize("dialect", ["vllm", "sglang"])
def test_servers_of_both_dialects_give_the_raw_scores(
    dialect: str, llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a fault in every other call: nothing is lost and nothing stands there twice. First it is counted."""
    faults = {2: "500", 4: "429", 6: "half", 8: "gone"}
    workspace = small_workspace(tmp_path, rows=4)
    rows = responses(workspace)
    expected = plain_scores(llama, [row[2:] for row in rows])
    with serving(llama, dialect, lambda nth: faults.get(nth % 20)) as served:
        entry = {"name": "rm", "kind": dialect, "base_url": served.address, "model": str(llama), "concurrency": 3}
        assert run(workspace, entry | {"price_in": 2000}, arguments=("--dry-run", "--json")) == 0
        said = json.loads(capsys.readouterr().out.splitlines()[-1])["total"]
        tokens = sum(len(text) // 4 + 8 for row in rows for text in row[2:])
        assert (said["calls"], said["tokens_in"], said["tokens_out"]) == (len(rows), tokens, 0)
        assert said["cost"] == pytest.approx(tokens * 2000 / 1e6)
        assert served.calls == []
        assert run(workspace, entry, arguments=("--set", "reward.batch_size=2")) == 0
        calls = len(served.calls)
    found = scores(workspace, "rm")
    assert len(found) == len(rows) < calls
    assert max(abs(found[row[:2]] - value) for row, value in zip(rows, expected, strict=True)) < 1e-5


def test_what_a_server_refuses_is_a_reject_and_is_tried_again(llama: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=4)
    with serving(llama, "sglang", lambda nth: "nan" if nth == 2 else None, limit=80) as served:
        entry = {"name": "rm", "kind": "sglang", "base_url": served.address, "model": str(llama), "concurrency": 1}
        assert run(workspace, entry) == 0
    with writer(workspace) as db:
        reasons = [reason for (reason,) in db.execute("SELECT reason FROM rejects WHERE file = 'reward rm'").fetchall()]
    assert 0 < len(scores(workspace, "rm")) == 16 - len(reasons)
    assert any("no finite number" in reason for reason in reasons)
    assert any("maximum context length is 80" in reason for reason in reasons)
    with serving(llama, "sglang") as served:
        assert run(workspace, entry | {"base_url": served.address}) == 0
    assert len(scores(workspace, "rm")) == 16
    with writer(workspace) as db:
        assert db.execute("SELECT count(*) FROM rejects WHERE file = 'reward rm'").fetchone() == (0,)


@pytest.mark.parametrize(
    ("fault", "message"), [("404", "knows no such model or address (status 404"), ("gone", "does not answer")]
)
def test_a_server_that_cannot_answer_ends_in_one_line(
    fault: str, message: str, llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=2)
    with serving(llama, "vllm", lambda nth: fault if nth > 2 else None) as served:
        entry = {"name": "rm", "kind": "vllm", "base_url": served.address, "concurrency": 1, "retries": 1}
        assert run(workspace, entry, arguments=("--set", "reward.batch_size=1")) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert len(scores(workspace, "rm")) == 2, "what is committed stays"
