"""A failure is never a success: what came of how many is said, nothing empty stays in the pool, status agrees."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from crowdselect.cli import main as choose
from crowdselect.store import load_pool, open_build
from precompute.cli import main
from precompute.refusals import Refusals
from precompute.rejects import rejects_name
from precompute.status import lines, status
from tests.openai_server import Running, serving
from tests.server_shapes import OVERLOADED
from tests.unit.asking import Asking
from tests.unit.score_servers import listening
from tests.unit.workspaces import small_workspace


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


@pytest.fixture
def asking(tmp_path: Path, server: Running) -> Asking:
    return Asking(tmp_path, server)


def states(asking: Asking) -> dict[tuple[str, str], str]:
    return {(job["job"], job["output"]): job["state"] for job in status(asking.workspace)["jobs"]}


@pytest.mark.slow
def test_nothing_came_of_a_model(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.models(models=[{"name": "bad", **asking.place("refuses")}, {"name": "good", **asking.place("x")}])
    for _ in range(2):
        assert asking.run("generate") == 1
        said = capsys.readouterr()
        file = asking.workspace.rejects / rejects_name("generate bad")
        expected = f'generate bad: 0 of 4 answers; 4 refused: the model refuses: "I can\'t help with that."; see {file}'
        assert expected in said.out
        assert said.err == f"precompute: nothing came of {expected}\n"
        assert said.err.count("\n") == 1
        refused = [json.loads(line)["reason"] for line in file.read_text().splitlines()]
        assert len(refused) == 4
        assert all("I can't help with that." in reason for reason in refused)
        assert states(asking)["generate", "bad"] == "unfinished"
        assert states(asking)["generate", "good"] == "done"  # what the other model gave is published
        build = open_build(asking.workspace)
        assert [model.name for model in load_pool(build).models] == ["good"]
        build.close()
    assert any("unfinished generate bad: 0 rows, 4 refused" in line for line in lines(status(asking.workspace)))
    asking.models(models=[{"name": "bad", **asking.place("healed")}])
    assert asking.run("generate") == 0
    assert not file.exists()
    assert states(asking)["generate", "bad"] == "done"


@pytest.mark.slow
def test_what_needs_it_does_not_hide_the_reason(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.models(models=[{"name": "bad", **asking.place("refuses")}], judge=asking.place("j"), tag=asking.place("t"))
    assert asking.run("generate", "judge", "tag") == 1
    said = capsys.readouterr()
    assert said.err.startswith(
        "precompute: nothing came of generate bad: 0 of 4 answers; 4 refused: the model refuses:"
    )
    assert "judge: skipped (judge needs responses, which are not there" in said.out
    assert states(asking)["tag", "tags"] == "done"


@pytest.mark.slow
@pytest.mark.parametrize(("job", "label"), [("tag", "tags"), ("judge", "direct_score")])
def test_nothing_came_of_a_tagger_or_judge(
    asking: Asking, capsys: pytest.CaptureFixture[str], job: str, label: str
) -> None:
    asking.models(models=[{"name": "a", **asking.place("x")}], **{job: asking.place("error 502 in 200", name="j")})
    assert asking.run("generate") == 0
    assert asking.run(job) == 1
    said = capsys.readouterr()
    assert f"{job} answers: 0 of 4 answers; 4 refused: status 502: {OVERLOADED} (after 2 tries); see " in said.err
    assert f"{job} {label}: skipped, for nothing came of the output before it" in said.out
    assert states(asking)[job, "answers"] == "unfinished"
    assert (job, label) not in states(asking)


def test_nothing_came_of_a_reward_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    models = tmp_path / "models.yaml"
    whole, broken = {"data": [{"probs": [0.5]}]}, {"data": [{"probs": [0.1, 0.9]}]}
    answers = [broken]
    with listening({"/classify": lambda _: (200, answers[0])}) as served:
        entry = {"name": "rm", "kind": "vllm", "base_url": served.address, "retries": 0}
        command = ["run", "reward", "--models", str(models), "--workspace", str(workspace.path)]
        for place, (answer, code) in enumerate([(broken, 1), (whole, 0), (broken, 1)]):
            answers[0] = answer
            models.write_text(yaml.safe_dump({"reward_models": [entry | {"model": f"weights {place}"}]}))
            assert main(command) == code
            assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
            found = status(workspace)
            (job,) = [job for job in found["jobs"] if job["job"] == "reward"]
            assert (job["state"], "rm" in found["reward_models"]) == (("done", True), ("unfinished", False))[code]
            build = open_build(workspace)
            assert ("rm" in load_pool(build).scores) == (code == 0)
            metrics = "SELECT count(*) AS n FROM metrics WHERE reward_model = 'rm'"
            assert build.query(metrics)["n"][0].as_py() == (0 if code else 3)
            build.close()
    assert "reward rm: 0 of 12 scores; 12 refused: " in capsys.readouterr().err


def test_some_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = small_workspace(tmp_path, rows=3)
    models = tmp_path / "models.yaml"

    def answers(body: dict) -> tuple[int, dict]:
        refused = len(body["messages"][1]["content"]) % 2
        return (400, {"error": {"message": "too long"}}) if refused else (200, {"data": [{"probs": [0.5]}]})

    with listening({"/classify": answers}) as served:
        entry = {"name": "rm", "kind": "vllm", "base_url": served.address, "retries": 0}
        models.write_text(yaml.safe_dump({"reward_models": [entry]}))
        for first in (True, False):
            capsys.readouterr()
            assert main(["run", "reward", "--models", str(models), "--workspace", str(workspace.path)]) == 0
            said = capsys.readouterr()
            (job,) = [job for job in status(workspace)["jobs"] if job["job"] == "reward"]
            assert 0 < job["refused"] == 12 - job["rows"] < 12
            assert job["state"] == "done"
            assert said.err == ""
            tried = 12 if first else job["refused"]
            expected = f"reward rm: {tried - job['refused']} of {tried} scores; {job['refused']} refused: status 400: "
            assert f"{expected}too long; see {workspace.rejects / rejects_name('reward rm')}\n" in said.out
    assert len((workspace.rejects / rejects_name("reward rm")).read_text().splitlines()) == job["refused"]


def test_a_pool_of_which_nothing_could_be_read_is_a_failed_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path, rows=2)
    (tmp_path / "bad.jsonl").write_text('{"instruction": 5}\n')
    assert main(["ingest", str(tmp_path / "bad.jsonl"), "--workspace", str(workspace.path)]) == 1
    assert "All 1 records were rejected" in capsys.readouterr().err
    said = status(workspace)["progress"]
    assert (said["state"], said["message"][:26]) == ("failed", "All 1 records were rejecte")


def test_metrics_of_a_pool_without_a_complete_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each model has answered two of three instructions."""
    pool, place, out = tmp_path / "pool.jsonl", ["--workspace", str(tmp_path / "workspace")], tmp_path / "m.parquet"
    pool.write_text(
        "".join(
            json.dumps({"id": f"q{row}", "instruction": f"Question {row}?", "model": f"Qwen2-{model}B-Instruct",
                        "response": f"{row} {model}", "scores": {"rm": row - model}}) + "\n"
            for row in range(3) for model in range(1, 4) if model != row + 1
        )
    )  # fmt: skip
    assert main(["ingest", str(pool), *place]) == 0
    capsys.readouterr()
    assert choose(["metrics", "--out", str(out), *place]) == 1
    said = "None of the 3 instructions has a score from every model; `--missing available` takes those with any."
    assert capsys.readouterr().err == f"crowdselect: {said}\n"
    assert not out.exists()
    assert choose(["metrics", "--missing", "available", "--out", str(out), *place]) == 0
    (tmp_path / "r.yaml").write_text("select: {strategy: difficulty, size: 2}")
    assert choose(["select", str(tmp_path / "r.yaml"), "--out", str(tmp_path / "o.jsonl"), *place]) == 1
    assert "Loosen the pool, for example with `pool: {missing: available}`." in capsys.readouterr().err


def test_what_is_given_and_does_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = small_workspace(tmp_path, rows=1)
    place, file = ["--workspace", str(workspace.path)], tmp_path / "given"
    capsys.readouterr()
    for text, code, says in (
        ("nobody,mine,7\n", 1, "None of the 1 models of given is in this workspace, which has Qwen2-1.5B-Instruct, "),
        ("nobody,mine,7\nx/Other-7B,mine,7\n", 0, "given: 1 of its models are not in this workspace, such as 'nobody'"),
        ("other-7b,mine,7\n", 0, "0 models changed"),
    ):
        file.write_text("model,family,params_b\n" + text)
        assert main(["attach", "families", str(file), *place]) == code
        assert says in "".join(capsys.readouterr())
    file.write_text("")
    models = tmp_path / "models.yaml"
    models.write_text("models: [{name: a, base_url: 'http://localhost/v1'}]")
    assert main(["batch", "read", str(file), "--models", str(models), *place]) == 1
    assert "given holds no lines; give the file that the service gave back" in capsys.readouterr().err


@pytest.mark.parametrize("noted", [b'[["no such job", "x"]]', b"{", b"7", b'["metrics"]', b'[["metrics", "metrics"]]'])
def test_a_note_that_makes_no_sense_harms_nobody(tmp_path: Path, noted: bytes) -> None:
    workspace = small_workspace(tmp_path, rows=1)
    (workspace.logs / "begun.json").write_bytes(noted)
    found = {job["job"]: job["state"] for job in status(workspace)["jobs"]}
    assert found["metrics"] == ("unfinished" if noted.count(b"metrics") == 2 else "missing")
    assert "no such job" not in found


def test_reasons_that_say_the_same_are_counted_as_one(tmp_path: Path) -> None:
    import pyarrow as pa

    reasons = [
        "a: 90 tokens are more than 80",
        "b: 700 tokens are more than 80",
        "c: it says 'x'",
        "d: it says 'y'",
        None,
    ]
    refusals = Refusals()
    refusals.add(pa.table({"uuid": ["a", "b", "c", "d", "e"], "reason": reasons}), "reason")
    refusals.add(pa.table({"reason": ["e: it says 'z'"]}), "reason")
    assert len(refusals) == 5
    assert refusals.in_words(tmp_path) == f"5 refused: it says 'x', 3 times; see {tmp_path}"
