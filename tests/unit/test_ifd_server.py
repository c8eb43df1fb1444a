"""IFD by a server that tells the log-probabilities of a prompt: the numbers of the same weights here, or one line."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from crowdselect.store import Workspace
from precompute.cli import main
from precompute.session import writer
from tests.unit.loss_servers import MODEL, measuring
from tests.unit.score_servers import Served
from tests.unit.tiny_models import save_causal_model
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow  # torch and transformers at work

LIMIT = 139  # tokens: most rows of `ifd` are cut, and three are filled by their instruction


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_causal_model(tmp_path_factory.mktemp("causal"))


def run(workspace: Workspace, served: Served | str, *arguments: str, **told: Any) -> int:
    """`run ifd` by that server, or by the weights at that path."""
    where = {"path": served} if isinstance(served, str) else {"base_url": f"{served.address}/v1", "model": MODEL}
    file = workspace.path.parent / "models.yaml"
    file.write_text(yaml.safe_dump({"ifd": {**where, **told}}))
    return main(["run", "ifd", "--models", str(file), "--workspace", str(workspace.path), *arguments])


ONE_EACH = ("--set", "ifd.responses=model:other-7b")  # an answer of each instruction


def texts(body: dict[str, Any]) -> list[int] | None:
    """The tokens whose losses a call asks for."""
    return body.get("input_ids") or (body["prompt"] if "max_tokens" in body else None)


def measured(workspace: Workspace) -> dict[tuple[str, int, int], tuple[Any, ...]]:
    """(method, iid, mid) -> value, loss_alone, loss_conditioned, reason."""
    with writer(workspace) as db:
        rows = db.execute("SELECT method, iid, mid, value, loss_alone, loss_conditioned, reason FROM ifd_rows")
        return {row[:3]: row[3:] for row in rows.fetchall()}


def signals(workspace: Workspace) -> dict[tuple[str, int, int], float]:
    with writer(workspace) as db:
        return {row[:3]: row[3] for row in db.execute("SELECT name, iid, mid, value FROM answer_signals").fetchall()}


def rejected(workspace: Workspace) -> list[str]:
    with writer(workspace) as db:
        return [reason for (reason,) in db.execute("SELECT reason FROM rejects ORDER BY ALL").fetchall()]


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Measured by the weights in this process."""
    workspace = small_workspace(tmp_path_factory.mktemp("here"))
    assert run(workspace, str(folder), max_length=LIMIT) == 0
    return workspace


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
def test_a_server_gives_what_the_same_weights_give_here(
    kind: str, folder: Path, here: Workspace, tmp_path: Path
) -> None:
    """With a fault in some calls, rows that are cut, and rows that the instruction fills."""
    faults = {2: "500", 9: "429", 16: "half", 23: "gone", 30: "500"}
    there = small_workspace(tmp_path)
    with measuring(folder, lambda nth: faults.get(nth), kind=kind) as served:
        told = {"kind": kind, "max_length": LIMIT, "concurrency": 3, "batch_size": 2}
        nowhere = ("--engine", "ray", "--ray-address", "127.0.0.1:1")  # calls stay here, whatever the engine
        assert run(there, served, *nowhere, **told) == 0
        asked = [read for body in served.calls if (read := texts(body))]
        assert max(map(len, asked)) == LIMIT, "a row is cut"
    expected, found = measured(here), measured(there)
    assert found.keys() == expected.keys()
    assert {method for method, _, _ in found} == {"ifd", "ifd_ppl"}
    for key, (*numbers, reason) in expected.items():
        assert found[key][3] == reason
        assert list(found[key][:3]) == pytest.approx(numbers, abs=1e-4)
    assert any(reason and "fills" in reason for *_, reason in found.values())
    assert signals(there) == pytest.approx(signals(here), abs=1e-4)
    assert len({value for value, *_ in found.values()}) > 5, "a model that says the same of everything tests nothing"
    assert rejected(there) == []


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
def test_a_dry_run_counts_calls_and_tokens_at_their_price_and_makes_none(
    kind: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    priced = {"kind": kind, "price_in": 1000, "price_out": 5000}
    with measuring(folder, kind=kind) as served:
        assert run(workspace, served, *ONE_EACH, "--dry-run", "--json", **priced) == 0
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert served.calls == []
        assert run(workspace, served, *ONE_EACH, concurrency=1, **priced) == 0
        assert len(served.calls) == 30 + 1  # and the marker, once
        assert said["total"]["calls"] == 30
        read = sum(len(ids) for body in served.calls if (ids := texts(body)))
        assert 0.2 * read < said["total"]["tokens_in"] < read, "the tiny tokenizer has two characters a token"
        assert said["total"]["tokens_out"] == (12 if kind == "vllm" else 0)
        cost = (1000 * said["total"]["tokens_in"] + 5000 * said["total"]["tokens_out"]) / 1e6
        assert said["total"]["cost"] == pytest.approx(cost)
        assert {share["model"] for share in said["shares"]} == {"ifd", "ifd_ppl"}
        capsys.readouterr()
        assert run(workspace, served, *ONE_EACH, kind=kind) == 0
        assert capsys.readouterr().out.count("up to date") == 2
        assert len(served.calls) == 31


def test_a_tokenizer_of_ones_own_stands_in_for_a_server_that_has_none(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, theirs = (small_workspace(make(tmp_path / name), rows=3) for name in ("mine", "theirs"))
    with measuring(folder, kind="sglang") as served:
        assert run(theirs, served, *ONE_EACH, kind="sglang") == 0
    with measuring(folder, lacks="tokenize", kind="sglang") as served:
        told = {"kind": "sglang", "tokenizer": str(folder)}
        assert run(mine, served, *ONE_EACH, "--dry-run", **told) == 0
        assert "\n12 calls" in capsys.readouterr().out
        assert run(mine, served, *ONE_EACH, **told) == 0
        assert len(served.calls) == 12
    assert measured(mine) == measured(theirs)


def make(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_row_that_fails_at_every_try_is_a_reject_and_is_tried_again(folder: Path, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    with measuring(folder, lambda nth: "500" if nth in (2, 3) else None) as served:
        assert run(workspace, served, *ONE_EACH, concurrency=1, retries=1) == 0
        assert len(measured(workspace)) == 5
        assert [reason.partition(": ")[2] for reason in rejected(workspace)] == ["status 500: busy (after 2 tries)"]
        assert run(workspace, served, *ONE_EACH) == 0
    assert len(measured(workspace)) == 6
    assert rejected(workspace) == []


@pytest.fixture(scope="module")
def unmeasured(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return small_workspace(tmp_path_factory.mktemp("unmeasured"), rows=3)


@pytest.mark.parametrize(
    ("kind", "lacks", "longest", "says"),
    [
        ("vllm", "tokenize", 2048, "/tokenize knows no such model or address (status 404"),
        ("vllm", "logprobs", 2048, "/v1/completions answers without prompt_logprobs"),
        ("vllm", "parameter", 2048, "/v1/completions refuses prompt_logprobs (status 400"),
        ("vllm", None, 1024, "ifd.max_length=1024 is more than the 1,023 tokens that 'tiny' reads"),
        ("sglang", "tokenize", 2048, "/tokenize knows no such model or address (status 404"),
        ("sglang", "logprobs", 2048, "/generate answers without return_logprob"),
        ("sglang", "parameter", 2048, "/generate refuses return_logprob (status 400"),
    ],
)
def test_what_a_server_lacks_is_said_in_one_line(
    kind: str,
    lacks: str | None,
    longest: int,
    says: str,
    folder: Path,
    unmeasured: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with measuring(folder, longest=longest, lacks=lacks, kind=kind) as served:
        assert run(unmeasured, served, batch_size=1, kind=kind) == 1
    error = capsys.readouterr().err
    assert says in error
    assert lacks is None or "`ifd: {path: …}`" in error
    assert len(error.splitlines()) == 1
    assert measured(unmeasured) == {}
