"""Tag and judge: what is asked, what is asked again, and that reading anew costs nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from precompute.database import transaction
from precompute.session import writer
from tests.openai_server import Running, serving
from tests.unit.asking import Asking

pytestmark = pytest.mark.slow  # a server at work


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--garbled", "0.5") as running:
        yield running


@pytest.fixture
def asking(tmp_path: Path, server: Running) -> Asking:
    return Asking(tmp_path, server, [f"Explain number {number} to me" for number in range(30)])


def test_tags_with_their_order_and_their_count(asking: Asking) -> None:
    asking.models(tag=asking.place("tagger"))
    assert asking.run("tag") == 0
    rows = asking.rows("SELECT uuid, list(tag ORDER BY place) AS tags, max(place) AS last FROM tags GROUP BY uuid")
    assert len(rows) == 30  # half of the first answers could not be read, and were asked for again
    assert all(row["last"] == len(row["tags"]) - 1 for row in rows)
    assert {tag for row in rows for tag in row["tags"]} == {
        "rivers", "data bases", "budgeting", "poem", "algebra", "travel planning"
    } or {tag for row in rows for tag in row["tags"]} == {
        "rivers", "data bases", "budgeting", "poems", "algebra", "travel planning"
    }  # fmt: skip
    counts = asking.rows("SELECT uuid, tag_count FROM metrics")
    assert {row["uuid"]: row["tag_count"] for row in counts} == {row["uuid"]: len(row["tags"]) for row in rows}
    before = asking.asked()
    assert asking.run("tag", "--set", "tag.min_count=25") == 0
    assert asking.asked() == before  # read anew, asked for nothing
    assert asking.rows("SELECT DISTINCT tag FROM tags") == []
    assert asking.run("tag") == 0
    assert asking.asked() == before
    assert asking.rows("SELECT uuid, list(tag ORDER BY place) AS tags, max(place) AS last FROM tags GROUP BY uuid"
                       " ORDER BY uuid") == sorted(rows, key=lambda row: row["uuid"])  # fmt: skip
    (jobs,) = asking.rows("SELECT rows FROM jobs WHERE job = 'tag' AND output = 'tags'")
    assert jobs["rows"] == 30


def test_new_instructions_are_tagged_alone(asking: Asking) -> None:
    asking.models(tag=asking.place("tagger", concurrency=1))
    assert asking.run("tag") == 0
    (asking.folder / "more.jsonl").write_text(json.dumps({"instruction": "One more"}) + "\n")
    assert asking.main("ingest", str(asking.folder / "more.jsonl")) == 0
    before = asking.asked()
    assert asking.run("tag") == 0
    assert 1 <= asking.asked() - before <= 2
    assert asking.rows("SELECT count(DISTINCT uuid) AS n FROM tags") == [{"n": 31}]


def test_what_cannot_be_read_is_rejected_with_its_text(asking: Asking) -> None:
    asking.models(tag=asking.place("tagger"))
    assert asking.run("tag", "--set", "tag.tries=1") == 0
    rejects = asking.rows("SELECT reason FROM rejects WHERE file = 'tag tagger'")
    assert 5 < len(rejects) < 25
    assert all("no tags can be read in the answer: 'I would rather not say.'" in row["reason"] for row in rejects)
    assert asking.rows("SELECT count(DISTINCT uuid) AS n FROM tags") == [{"n": 30 - len(rejects)}]
    assert asking.run("tag") == 0
    assert asking.rows("SELECT * FROM rejects") == []
    assert asking.rows("SELECT count(DISTINCT uuid) AS n FROM tags") == [{"n": 30}]


def test_fixed_labels_where_the_answers_hold_none(asking: Asking) -> None:
    asking.models(tag=asking.place("tagger"))
    for tries in (1, 2):  # paid answers a row, and no more
        before = asking.asked()
        assert asking.run("tag", "--set", "tag.variant=fixed", "--set", f"tag.tries={tries}") == 1  # nothing came
        assert asking.asked() - before == 30 * tries
        assert asking.rows("SELECT * FROM tags") == []
        assert len(asking.rows("SELECT reason FROM rejects")) == 30


def test_attached_tags_are_not_overwritten(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    uuids = [row["uuid"] for row in asking.rows("SELECT uuid FROM instructions")]
    pq.write_table(pa.table({"uuid": uuids, "tags": [["mine"]] * 30}), asking.folder / "tags.parquet")
    assert asking.main("attach", "tags", str(asking.folder / "tags.parquet")) == 0
    asking.models(tag=asking.place("tagger"))
    before = asking.asked()
    assert asking.run("tag") == 1
    assert "were attached" in capsys.readouterr().err
    assert asking.asked() == before


SCORES = "SELECT uuid, model, value FROM response_signals WHERE name = 'direct_score' ORDER BY ALL"


def test_direct_scores_are_of_the_responses_that_recipes_export(asking: Asking) -> None:
    asking.models(
        models=[{"name": "a", **asking.place("x")}, {"name": "b", **asking.place("y")}], judge=asking.place("j")
    )
    assert asking.run("generate", "judge") == 0
    before = asking.rows(SCORES)
    assert [row["model"] for row in before] == ["a"] * 30
    assert all(0 <= row["value"] <= 5 for row in before)
    asked = asking.rows("SELECT DISTINCT job, name, count(*) AS n FROM calls WHERE job = 'judge' GROUP BY ALL")
    assert asked == [{"job": "judge", "name": "j", "n": 30}]
    # scores make b's responses the best ones of ten: these are judged, too, and those of before stay
    lines = [
        {"uuid": row["uuid"], "instruction": row["instruction"], "model": row["model"], "response": row["response"],
         "scores": {"rm": 1.0 if row["model"] == "b" else 0.0}}
        for row in asking.rows(
            "SELECT uuid, instruction, model, response FROM responses JOIN instructions USING (uuid)"
            " WHERE uuid IN (SELECT uuid FROM instructions ORDER BY uuid LIMIT 10)"
        )
    ]  # fmt: skip
    (asking.folder / "scored.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert asking.main("ingest", str(asking.folder / "scored.jsonl")) == 0
    assert asking.run("judge", "metrics") == 0
    assert asking.rows("SELECT count(*) AS n FROM calls WHERE job = 'judge'") == [{"n": 40}]
    later = asking.rows(SCORES)
    assert len(later) == 40
    assert [row for row in later if row["model"] == "a"] == before
    best = asking.rows("SELECT uuid, direct_score AS value FROM metrics WHERE reward_model = 'rm' ORDER BY uuid")
    assert best == [{"uuid": row["uuid"], "value": row["value"]} for row in later if row["model"] == "b"]
    calls = asking.asked()
    assert asking.run("judge") == 0
    assert asking.asked() == calls


def test_equal_responses_are_asked_about_once(asking: Asking) -> None:
    lines = [
        {"uuid": "one", "instruction": "Tell me.", "model": model, "response": response}
        for model, response in (("a", "The same."), ("b", "Another."), ("c", "The same."), ("d", " "))
    ]
    (asking.folder / "twins.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert asking.main("ingest", str(asking.folder / "twins.jsonl")) == 0
    asking.models(judge=asking.place("j"))
    assert asking.run("judge", "--set", "judge.responses=all") == 0
    assert asking.rows("SELECT count(*) AS n FROM calls") == [{"n": 2}]
    scores = {row["model"]: row["value"] for row in asking.rows(SCORES)}
    assert scores.keys() == {"a", "b", "c"}
    assert scores["a"] == scores["c"]


def test_an_answer_that_was_misread_before_is_asked_for_again(asking: Asking) -> None:
    """Three answers as they were kept by a reader that took the first number it saw."""
    asking.models(models=[{"name": "a", **asking.place("x")}], judge=asking.place("j3"))
    assert asking.run("generate", "judge") == 0
    first = asking.rows(SCORES)
    with writer(asking.workspace) as db, transaction(db):
        db.execute("UPDATE calls SET answer = '5 stars out of 10' WHERE job = 'judge' AND iid < 3")
    before = asking.asked()
    assert asking.run("judge") == 0
    assert 3 <= asking.asked() - before <= 6  # half of the answers need two
    assert asking.rows(SCORES) == first
    before = asking.asked()
    assert asking.run("judge") == 0
    assert asking.asked() == before


def test_another_dimension_is_another_question(asking: Asking) -> None:
    asking.models(models=[{"name": "a", **asking.place("x")}], judge=asking.place("j2"))
    assert asking.run("generate", "judge") == 0
    first = asking.rows(SCORES)
    assert asking.run("judge", "--set", "judge.dimension=helpfulness") == 0
    assert asking.rows(SCORES) != first
    before = asking.asked()
    assert asking.run("judge") == 0
    assert asking.asked() == before
    assert asking.rows(SCORES) == first
