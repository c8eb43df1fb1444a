"""Files of a batch service: joined by custom_id, whatever their order; what does not belong is refused by line."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from precompute.status import status
from tests.openai_server import Running, serving, set_answer
from tests.unit.asking import TEXTS, Asking

pytestmark = pytest.mark.slow  # a server at work


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


@pytest.fixture
def asking(tmp_path: Path, server: Running) -> Asking:
    made = Asking(tmp_path, server)
    made.models(
        models=[
            {"name": "crowd/a b", **made.place("one", params={"temperature": 0.5})},
            {"name": "second", **made.place("two")},
        ],
        tag=made.place("tagger"),
        judge=made.place("judge"),
    )
    return made


def written(asking: Asking, *more: str) -> dict[str, list[dict]]:
    out = asking.folder / "batch"
    arguments = ["--models", str(asking.models_yaml), "--out", str(out), *more]
    assert asking.main("batch", "write", *arguments) == 0
    return {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in sorted(out.iterdir())}


def served(line: dict, place: int = 0, **changes: object) -> dict:
    """What a service would give back for a line."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": set_answer(line["body"])},
        "finish_reason": "stop",
    }
    body = {"choices": [choice | changes], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    return {"id": f"batch_req_{place}", "custom_id": line["custom_id"], "error": None,
            "response": {"status_code": 200, "request_id": "r", "body": body}}  # fmt: skip


def read(asking: Asking, lines: list, *more: str) -> int:
    file = asking.folder / "results.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return asking.main("batch", "read", str(file), "--models", str(asking.models_yaml), *more)


def test_what_is_written_is_what_a_server_would_be_sent(asking: Asking) -> None:
    before = asking.asked()
    files = written(asking)
    assert list(files) == ["generate-crowd_a_b.jsonl", "generate-second.jsonl", "tag-tagger.jsonl"]
    lines = files["generate-crowd_a_b.jsonl"]
    assert {line["body"]["messages"][0]["content"] for line in lines} == set(TEXTS)
    for line in lines:
        assert set(line) == {"custom_id", "method", "url", "body"}
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        assert line["body"]["model"] == "one"
        assert line["body"]["temperature"] == 0.5
    ids = [line["custom_id"] for some in files.values() for line in some]
    assert len(set(ids)) == len(ids) == 3 * len(TEXTS)
    assert all(len(key) <= 64 for key in ids)
    assert written(asking) == files
    assert asking.asked() == before


def test_results_in_any_order_become_the_same_pool_as_calls(asking: Asking, tmp_path: Path, server: Running) -> None:
    results = [served(line) for lines in written(asking).values() for line in lines]
    random.Random(1).shuffle(results)
    assert read(asking, results) == 0
    before = asking.asked()
    assert asking.run("generate", "tag") == 0
    assert asking.asked() == before  # nothing is left to ask
    (tmp_path / "called").mkdir()
    called = Asking(tmp_path / "called", server)
    called.models_yaml.write_text(asking.models_yaml.read_text())
    assert called.run("generate", "tag") == 0
    for table in ("responses", "tags", "models", "rejects"):
        query = f"SELECT * FROM {table} ORDER BY ALL"  # noqa: S608  names from above
        assert asking.rows(query) == called.rows(query)
    assert len(asking.rows("FROM responses")) == 2 * len(TEXTS)


def test_what_does_not_belong_is_refused_with_its_line(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    lines = written(asking, "--job", "generate")["generate-second.jsonl"]
    long = {"status_code": 400, "body": {"error": {"message": "context too long"}}}
    failed = served(lines[2]) | {"response": long}
    late = {"code": "batch_expired", "message": "not executed before the window expired"}
    expired = {"custom_id": lines[3]["custom_id"], "response": None, "error": late}
    results = [
        served(lines[0]),
        "{broken",
        served(lines[0], content="another"),
        served(lines[1], finish_reason="abort"),
        {"custom_id": "nobody", "response": served(lines[0])["response"]},
        failed,
        expired,
        {"response": 3},
    ]
    capsys.readouterr()
    assert read(asking, results) == 0
    assert "results.jsonl: read 8 = kept 1 + rejected 7" in capsys.readouterr().out
    reasons = {
        row["line"]: row["reason"]
        for row in asking.rows("SELECT line, reason FROM rejects WHERE file = 'results.jsonl'")
    }
    assert sorted(reasons) == [2, 3, 4, 5, 6, 7, 8]
    for line, says in {
        3: "repeats the custom_id of line 1",
        4: "half an answer",
        5: "'nobody' is unknown here",
        6: "status 400: context too long",
        7: "the service failed: not executed before the window expired",
        8: "no custom_id",
    }.items():
        assert says in reasons[line]
    (found,) = asking.rows("SELECT response FROM responses")
    assert found["response"] == set_answer(lines[0]["body"])
    capsys.readouterr()
    assert read(asking, [served(lines[0]), served(lines[1])]) == 0  # read again: the first adds nothing
    assert "read 2 = kept 1 + rejected 1" in capsys.readouterr().out
    assert read(asking, [served(lines[0]), served(lines[1])]) == 0  # nothing new, and nothing wrong
    assert "answered already" in asking.rows("SELECT reason FROM rejects WHERE file = 'results.jsonl'")[0]["reason"]
    state = {job["output"]: job["state"] for job in status(asking.workspace)["jobs"] if job["job"] == "generate"}
    assert state == {"crowd/a b": "unfinished", "second": "unfinished"}  # most of it is not asked yet
    assert len(written(asking, "--job", "generate")["generate-second.jsonl"]) == len(TEXTS) - 2
    assert asking.rows("SELECT count(*) AS n FROM responses") == [{"n": 2}]


def test_an_answer_to_a_question_that_has_changed_is_refused(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [served(line) for line in written(asking)["generate-second.jsonl"]]
    asking.models(models=[{"name": "second", **asking.place("two", params={"temperature": 2})}])
    capsys.readouterr()
    assert read(asking, results) == 1  # nothing of it was taken in
    error = capsys.readouterr().err
    assert "none of the 4 lines of results.jsonl was taken in (line 1: custom_id" in error
    assert error.count("\n") == 1
    assert asking.rows("FROM responses") == []
    assert asking.rows("SELECT count(*) AS n FROM rejects WHERE file = 'results.jsonl'") == [{"n": len(TEXTS)}]


def test_wrong_files_and_jobs(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, says in (
        (["read", "none.jsonl"], "none.jsonl"),
        (["write", "--out", "x", "--job", "embed"], "asks no chat model; choose from generate, tag, judge"),
        (["write", "--out", str(asking.models_yaml)], "cannot be written"),
    ):
        assert asking.main("batch", *arguments, "--models", str(asking.models_yaml)) == 1
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1
