"""Generate: who is asked for what, what is kept, and what is not paid for again."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.openai_server import Running, serving, set_answer
from tests.server_shapes import THOUGHT
from tests.unit.asking import TEXTS, Asking

pytestmark = pytest.mark.slow  # a server at work


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


@pytest.fixture
def asking(tmp_path: Path, server: Running) -> Asking:
    return Asking(tmp_path, server)


def expected(model: str, **params: object) -> dict[str, str]:
    """uuid -> response."""
    return {
        str(uuid5(NAMESPACE_URL, text)): set_answer(
            {"model": model, "messages": [{"role": "user", "content": text}], **params}
        )
        for text in TEXTS
    }


def responses(asking: Asking, model: str) -> dict[str, str]:
    rows = asking.rows("SELECT uuid, model, response FROM responses")
    return {row["uuid"]: row["response"] for row in rows if row["model"] == model}


def test_instructions_alone_become_a_pool(asking: Asking) -> None:
    asking.models(
        models=[
            {"name": "small", "family": "crowd", "params_b": 1, **asking.place()},
            {"name": "Qwen2-7B-Instruct", **asking.place("other", params={"temperature": 0.3})},
        ]
    )
    before = asking.asked()
    assert asking.run("generate") == 0
    assert responses(asking, "small") == expected("set-answers")
    assert responses(asking, "Qwen2-7B-Instruct") == expected("other", temperature=0.3)
    assert asking.asked() - before == 2 * len(TEXTS)
    found = {row["model"]: row for row in asking.rows("SELECT model, family, params_b, origin FROM models")}
    assert list(found["small"].values()) == ["small", "crowd", 1.0, "models.yaml"]
    assert list(found["Qwen2-7B-Instruct"].values())[1:3] == ["Qwen2", 7.0]
    words = asking.rows("SELECT response, n_words FROM responses")
    assert all(row["n_words"] == len(row["response"].split()) for row in words)
    assert asking.run("generate") == 0
    assert asking.asked() - before == 2 * len(TEXTS)


def test_only_what_a_model_has_not_answered_is_asked(asking: Asking) -> None:
    line = {"instruction": TEXTS[0], "model": "small", "response": "The Nile."}
    (asking.folder / "more.jsonl").write_text(json.dumps(line) + "\n")
    assert asking.main("ingest", str(asking.folder / "more.jsonl")) == 0
    asking.models(models=[{"name": "small", **asking.place("only what is left")}])
    before = asking.asked()
    assert asking.run("generate") == 0
    uuid = str(uuid5(NAMESPACE_URL, TEXTS[0]))
    assert responses(asking, "small") == expected("only what is left") | {uuid: "The Nile."}
    assert asking.asked() - before == len(TEXTS) - 1
    # a file that brings a response that was generated before is refused by line, not taken twice
    line = {"instruction": TEXTS[1], "model": "small", "response": "Mine."}
    (asking.folder / "late.jsonl").write_text(json.dumps(line) + "\n")
    asking.main("ingest", str(asking.folder / "late.jsonl"))
    assert responses(asking, "small") == expected("only what is left") | {uuid: "The Nile."}
    reasons = asking.rows("SELECT reason FROM rejects")
    assert [row["reason"] for row in reasons] == [
        "another response of small to this instruction stands in what it generated"
    ]


def test_other_parameters_ask_again_and_the_first_come_back_unpaid(asking: Asking) -> None:
    first = {"name": "small", **asking.place("changing")}
    for params, calls in (({}, 4), ({"temperature": 1}, 4), ({}, 0), ({"temperature": 1}, 0), ({"top_p": 0.5}, 4)):
        asking.models(models=[first | {"params": params}])
        before = asking.asked()
        assert asking.run("generate") == 0
        assert asking.asked() - before == calls
        assert responses(asking, "small") == expected("changing", **params)
        texts = asking.rows("SELECT count(*) AS n, count(answer) AS texts FROM calls")[0]
        assert texts["n"] - texts["texts"] == len(TEXTS)  # those in use stand in the responses
    asking.models(models=[first | {"params": {"top_p": 0.5}, "concurrency": 1, "timeout": 9}])
    before = asking.asked()
    assert asking.run("generate") == 0
    assert asking.asked() == before


def test_cut_answers_are_kept_and_marked(asking: Asking) -> None:
    asking.models(models=[{"name": "small", **asking.place("cut", params={"max_tokens": 5})}])
    assert asking.run("generate") == 0
    extra = {row["response"]: row["extra"] for row in asking.rows("SELECT response, extra FROM responses")}
    assert len(extra) == len(TEXTS)
    whole = {" ".join(text.split()[:5]): len(text.split()) for text in expected("cut", max_tokens=5).values()}
    assert extra == {text: '{"finish_reason": "length"}' if words > 5 else None for text, words in whole.items()}
    assert len(set(extra.values())) == 2


@pytest.mark.parametrize("model", ["thinks", "thinks apart"])
def test_thinking_stands_beside_the_response_and_comes_back_with_it(asking: Asking, model: str) -> None:
    found = "SELECT DISTINCT response, n_words, reasoning FROM responses"
    whole = [{"response": "Paris.", "n_words": 1, "reasoning": THOUGHT}]
    for params, calls in (({}, 4), ({"seed": 1}, 4), ({}, 0)):
        asking.models(models=[{"name": "small", **asking.place(model, params=params)}])
        before = asking.asked()
        assert asking.run("generate") == 0
        assert asking.rows(found) == whole
        assert asking.asked() - before == calls


def test_failed_calls_are_rejects_and_tried_again(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.models(models=[{"name": "small", **asking.place("too long")}])
    assert asking.run("generate") == 1
    reasons = [row["reason"] for row in asking.rows("SELECT reason FROM rejects WHERE file = 'generate small'")]
    assert sorted(reason.partition(":")[0] for reason in reasons) == sorted(expected("x"))
    assert all("status 400" in reason for reason in reasons)
    assert responses(asking, "small") == {}
    assert asking.run("generate") == 1  # tried once more, refused once more
    rows = "SELECT rows FROM jobs WHERE job = 'generate'"
    assert asking.rows(rows) == [{"rows": 0}]
    asking.models(models=[{"name": "small", **asking.place("healed")}])
    assert asking.run("generate") == 0
    assert asking.rows(rows) == [{"rows": len(TEXTS)}]
    assert asking.rows("SELECT * FROM rejects") == []
    assert responses(asking, "small") == expected("healed")


def test_a_server_that_stops_answering_stops_the_run_and_keeps_what_came(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    asking.models(models=[{"name": "a", **asking.place("kept")}, {"name": "b", **asking.place("forbidden")}])
    assert asking.run("generate") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "refuses the key" in error
    assert "api_key_env" in error
    asking.models(models=[{"name": "a", **asking.place("kept")}, {"name": "b", **asking.place("mended")}])
    before = asking.asked()
    assert asking.run("generate") == 0
    assert asking.asked() - before == len(TEXTS)


def test_dry_run_calls_nobody_and_changes_nothing(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.models(
        models=[{"name": "small", **asking.place("priced", params={"max_tokens": 100}, price_in=10, price_out=20)}],
        tag=asking.place(price_in=1e6),
        judge=asking.place(),
    )
    before = asking.server.stats()
    assert asking.run("generate", "tag", "judge", "--dry-run") == 0
    out = capsys.readouterr().out
    assert asking.server.stats() == before
    assert asking.rows("SELECT * FROM responses") == []
    tokens = sum(len(text) // 4 + 8 for text in TEXTS)
    assert f"8 calls, about {tokens:,}"[:7] in out
    assert "Nothing was called" in out
    assert "judge: no responses are there yet" in out
    row = next(line for line in out.splitlines() if line.split()[:1] == ["generate"])
    assert row.split() == ["generate", "small", "4", "4", str(tokens), "400", "0.01"]
    assert asking.run("generate", "--dry-run", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["total"]["calls"], said["total"]["tokens_in"]) == (4, tokens)
    assert said["shares"][0]["model"] == "small"
    assert asking.run("generate") == 0
    asking.models(models=[{"name": "small", **asking.place("priced", params={"temperature": 1})}])
    capsys.readouterr()
    assert asking.run("generate", "--dry-run") == 0  # other parameters would ask again
    assert "\n4 calls" in capsys.readouterr().out
    assert len(responses(asking, "small")) == len(TEXTS)


@pytest.mark.parametrize("job", ["generate", "tag", "judge"])
def test_without_a_models_file_it_says_what_to_give(
    asking: Asking, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asking.main("run", job) == 1
    assert "--models FILE" in capsys.readouterr().err
