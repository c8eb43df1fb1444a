"""IFD: the published ratios by a real language model in any batch; what a method drops, and what is made anew."""

from pathlib import Path

import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from precompute.cli import main
from precompute.models.causal import CausalModel
from precompute.models.ifd import Pair, Tokens, cherry_pair, cherry_ratio, superfiltering_pair, superfiltering_ratio
from precompute.models.load_causal import load_causal
from precompute.session import writer
from tests.unit.tiny_models import save_causal_model
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow  # torch and transformers at work


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_causal_model(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def model(folder: Path) -> CausalModel:
    return load_causal(str(folder))


def texts(model: CausalModel) -> list[Tokens]:
    lengths = [*range(1, 40, 3), 100, 130, 257, 400]
    ids = model.encode("Tell me why the sea is salty and what to do about it. " * 60)
    return [Tokens(ids[nth : nth + length], nth % 4) for nth, length in enumerate(lengths)]


def plain_losses(model: CausalModel, text: Tokens) -> list[float]:
    """One text, no padding, by the definition."""
    import torch

    with torch.inference_mode():
        logits = model.model(input_ids=torch.tensor([text.ids])).logits[0].double()
    likely = torch.log_softmax(logits, dim=1)
    return [-float(likely[place - 1, text.ids[place]]) for place in range(max(text.start, 1), len(text.ids))]


@pytest.mark.parametrize("tokens", [1, 64, 256, 5000])
def test_batched_losses_are_those_of_one_text_alone(model: CausalModel, tokens: int) -> None:
    given = texts(model)
    made = model.losses(given, tokens)
    for text, losses in zip(given, made, strict=True):
        assert losses.dtype == np.float32
        assert losses.tolist() == pytest.approx(plain_losses(model, text), abs=1e-4)


def test_order_and_batch_change_no_bit(model: CausalModel) -> None:
    given = texts(model)
    whole = model.losses(given)
    back = model.losses(given[::-1])[::-1]
    alone = [model.losses([text], memory=0)[0] for text in given]
    for one, two, three in zip(whole, back, alone, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


def letters(text: str) -> list[int]:
    """A tokenizer with a token a character."""
    return [ord(letter) for letter in text]


def pair(prompt: int, alone: int, conditioned: int) -> Pair:
    return Pair(Tokens([0] * (3 + alone), 3), Tokens([0] * (prompt + conditioned), prompt), prompt)


@pytest.mark.parametrize(
    ("given", "alone", "conditioned", "reason"),
    [
        (pair(5, 2, 2), [2.0, 2.0], [1.0, 1.0], None),
        (pair(5, 2, 2), [1.0, 1.0], [1.0, 1.0], None),  # exactly 1 stays
        (pair(5, 2, 2), [1.0, 1.0], [1.0, 1.1], "harder"),
        (pair(20, 0, 0), [], [], "fills the 20 tokens"),
        (pair(5, 0, 0), [], [], "no token"),
        (pair(15, 6, 5), [1.0] * 6, [0.5] * 5, "over the 20 tokens"),
    ],
)
def test_what_cherry_drops(given: Pair, alone: list[float], conditioned: list[float], reason: str | None) -> None:
    ratio = cherry_ratio(given, np.float32(alone), np.float32(conditioned), limit=20)
    assert (ratio.reason is None) == (reason is None)
    assert reason is None or reason in (ratio.reason or "")
    assert ratio.value == (
        pytest.approx(sum(conditioned) / len(conditioned) / (sum(alone) / len(alone))) if alone else None
    )


def test_superfiltering_keeps_only_what_is_below_1() -> None:
    given = superfiltering_pair(letters, "hi", "abc", 20)
    assert (given.alone.scored, given.conditioned.scored, given.prompt_tokens) == (2, 3, 3)
    equal = superfiltering_ratio(given, np.float32([1, 1]), np.float32([1, 1, 1]), 20)
    assert (equal.value, equal.reason is None) == (1.0, False)
    below = superfiltering_ratio(given, np.float32([2, 2]), np.float32([1, 1, 1]), 20)
    assert below.value == pytest.approx(np.exp(-1), rel=1e-6)
    assert below.reason is None
    one = superfiltering_pair(letters, "hi", "a", 20)
    assert superfiltering_ratio(one, np.float32([]), np.float32([1]), 20).value is None


def test_a_response_is_cut_where_the_published_code_cuts_it() -> None:
    response = "x" * 400
    prompt = len(
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    )
    given = cherry_pair(letters, "hi", response, 300)
    assert given.prompt_tokens == prompt + len("\n\n### Instruction:\nhi\n\n### Response:")
    assert given.conditioned.scored == given.alone.scored == 300 - given.prompt_tokens
    published = cherry_pair(letters, "hi", response, 300, marker_tokens=4)
    assert published.alone.scored == given.alone.scored + 4 - len("### Response:")
    assert superfiltering_pair(letters, "hi", response, 300).alone.scored == 300 - 3


def run(workspace: Workspace, *settings: str) -> int:
    given = [part for setting in settings for part in ("--set", setting)]
    return main(["run", "ifd", *given, "--workspace", str(workspace.path)])


Answers = dict[tuple[str, str], float]  # (uuid, model) -> value


def signals(workspace: Workspace) -> dict[str, Answers]:
    with writer(workspace) as db:
        rows = db.execute("SELECT name, uuid, model, value FROM response_signals ORDER BY ALL").fetchall()
    found: dict[str, Answers] = {}
    for name, uuid, model, value in rows:
        assert (uuid, model) not in found.setdefault(name, {})
        found[name][uuid, model] = value
    return found


@pytest.fixture(scope="module")
def measured(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    workspace = small_workspace(tmp_path_factory.mktemp("measured"))
    assert run(workspace, f"ifd.model={folder}") == 0
    return signals(workspace)


# The best by each reward model, and by the mean of their z-scores; ties go to the first model by name.
BEST = """
    WITH z AS (SELECT *, (score - avg(score) OVER w) / stddev_pop(score) OVER w AS z FROM scores
        WINDOW w AS (PARTITION BY reward_model)),
    every AS (SELECT uuid, model, reward_model, score FROM scores
        UNION ALL SELECT uuid, model, 'ensemble', avg(z) FROM z GROUP BY ALL),
    best AS (SELECT DISTINCT uuid, model FROM every
        QUALIFY row_number() OVER (PARTITION BY uuid, reward_model ORDER BY round(score, 9) DESC, model) = 1)
    SELECT uuid, model, instruction, response
    FROM best JOIN responses USING (uuid, model) JOIN instructions USING (uuid)
"""


def test_the_job_makes_both_ratios_and_their_marks(
    measured: dict[str, Answers], model: CausalModel, folder: Path, tmp_path: Path
) -> None:
    workspace = small_workspace(tmp_path)
    assert set(measured) == {"ifd", "ifd_dropped", "ifd_ppl", "ifd_ppl_dropped"}
    with writer(workspace) as db:
        best = db.execute(BEST).fetchall()
    assert 12 < len(best) < 36, "reward models that disagree, and answers that two of them like best"
    assert all(set(values) == {(uuid, name) for uuid, name, _, _ in best} for values in measured.values())
    for uuid, name, instruction, response in best:
        key = uuid, name
        given = cherry_pair(model.encode, instruction, response, 1024)
        alone, conditioned = (np.mean(plain_losses(model, text)) for text in (given.alone, given.conditioned))
        assert measured["ifd"][key] == pytest.approx(conditioned / alone, abs=1e-4)
        assert measured["ifd_dropped"][key] == float(measured["ifd"][key] > 1)
        given = superfiltering_pair(model.encode, instruction, response, 1024)
        alone, conditioned = (np.mean(plain_losses(model, text)) for text in (given.alone, given.conditioned))
        assert measured["ifd_ppl"][key] == pytest.approx(np.exp(conditioned - alone), rel=1e-4)
        assert measured["ifd_ppl_dropped"][key] == float(measured["ifd_ppl"][key] >= 1)


def test_batch_size_changes_no_bit_and_a_second_run_makes_nothing(
    measured: dict[str, Answers], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path)
    assert run(workspace, f"ifd.model={folder}", "ifd.batch_size=5") == 0
    assert signals(workspace) == measured
    capsys.readouterr()
    assert run(workspace, f"ifd.model={folder}", "ifd.batch_size=7") == 0
    assert capsys.readouterr().out.count("up to date") == 2


def test_another_best_response_is_measured_beside_the_one_before(
    measured: dict[str, Answers], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path)
    assert run(workspace, f"ifd.model={folder}") == 0
    with writer(workspace) as db:
        db.execute(
            "UPDATE score_values SET score = 50 WHERE iid = 3 AND mid = (SELECT min(mid) FROM answers WHERE iid = 3"
            " AND mid NOT IN (SELECT mid FROM ifd_rows WHERE iid = 3))"
        )
    capsys.readouterr()
    assert run(workspace, f"ifd.model={folder}") == 0
    assert "ifd: 1 rows" in capsys.readouterr().out
    after = signals(workspace)
    (new,) = after["ifd"].keys() - measured["ifd"].keys()
    assert new[0] == "u00003"
    assert {key: after["ifd"][key] for key in measured["ifd"]} == measured["ifd"]


def test_which_responses_are_measured(
    folder: Path, tmp_path: Path, measured: dict[str, Answers], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path)
    assert run(workspace, f"ifd.model={folder}", "ifd.responses=model:other-7b") == 0
    assert {model for _, model in signals(workspace)["ifd"]} == {"other-7b"}
    assert run(workspace, f"ifd.model={folder}") == 0
    assert measured["ifd"].items() <= signals(workspace)["ifd"].items(), "what was measured before stays"
    assert run(workspace, f"ifd.model={folder}", "ifd.responses=top-2") == 0
    second = signals(workspace)["ifd"].keys()
    assert run(workspace, f"ifd.model={folder}", "ifd.responses=all") == 0
    everything = signals(workspace)["ifd"].keys()
    assert len(everything) == 48
    assert measured["ifd"].keys() < second < everything
    capsys.readouterr()
    assert run(workspace, f"ifd.model={folder}", "ifd.responses=model:nobody") == 1
    assert "no responses of 'nobody' to measure; choose one of Qwen2-1.5B" in capsys.readouterr().err
    assert run(workspace, f"ifd.model={folder}", "ifd.responses=worst") == 2


def test_dropped_rows_keep_their_reason_and_the_strategy_leaves_them_out(folder: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path)
    assert run(workspace, f"ifd.model={folder}", "ifd.max_length=100") == 0
    with writer(workspace) as db:
        rows = db.execute(
            "SELECT value, reason FROM ifd_rows WHERE method = 'ifd' AND reason LIKE '%fills the 100 tokens%'"
        ).fetchall()
    assert rows
    assert {value for value, _ in rows} == {None}
    assert all(signals(workspace)["ifd_dropped"].values())


def test_what_cannot_be_measured_is_said_in_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    workspace = small_workspace(tmp_path, rows=2)
    for settings, message in (
        ([], "ifd needs a language model"),
        ([f"ifd.model={folder}", "ifd.max_length=2049"], "more than the 2,048 tokens"),
        ([f"ifd.model={tmp_path / 'nothing.gguf'}"], "there is no file"),
        ([f"ifd.model={tmp_path}"], "cannot be loaded"),
        (["ifd.model=nobody/nothing"], "unset HF_HUB_OFFLINE"),
    ):
        capsys.readouterr()
        assert run(workspace, *settings) == 1
        error = capsys.readouterr().err
        assert message in error
        assert len(error.splitlines()) == 1


def test_a_model_that_gives_no_numbers_is_refused_by_row_and_tried_again(tmp_path: Path) -> None:
    import torch

    workspace = small_workspace(tmp_path, rows=3)
    broken = save_causal_model(tmp_path / "broken")
    whole = load_causal(str(broken))
    with torch.no_grad():
        kept = whole.model.lm_head.weight.clone()
        whole.model.lm_head.weight.fill_(float("nan"))
        assert run(workspace, f"ifd.model={broken}") == 1  # nothing came of it
        assert signals(workspace) == {}
        with writer(workspace) as db:
            refused = [reason for (reason,) in db.execute("SELECT reason FROM rejects ORDER BY 1").fetchall()]
            assert len(refused) == len(db.execute(BEST).fetchall())
            assert refused[0].startswith("u00000, ")
            assert all("gives losses that are not finite" in reason for reason in refused)
        whole.model.lm_head.weight.copy_(kept)
    assert run(workspace, f"ifd.model={broken}") == 0
    assert len({uuid for uuid, _ in signals(workspace)["ifd"]}) == 3
    with writer(workspace) as db:
        assert db.execute("SELECT count(*) FROM rejects").fetchone() == (0,)


def test_weights_that_are_pickles_are_not_read(tmp_path: Path) -> None:
    import torch

    pickled = save_causal_model(tmp_path)
    (pickled / "model.safetensors").unlink()
    torch.save({}, pickled / "pytorch_model.bin")
    with pytest.raises(UserError, match="cannot be loaded"):
        load_causal(str(pickled))
