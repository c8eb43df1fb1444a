"""What a merge keeps and refuses, and that neither depends on where a chunk ends."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowdselect.records import RECORDS, SCORES, Chunk, Reject
from crowdselect.schema import TABLES, VIEWS
from precompute.database import stamps
from precompute.merge import merge

Line = tuple[str, str, str | None, str | None, dict[str, float]]  # uuid, instruction, model, response, scores

ANSWER: Line = ("a", "Say hi.", "m1", "hi", {"r1": 1.0})


def chunk(lines: list[Line], first: int) -> Chunk:
    """Lines as an importer hands them over; `first` is the number of the first."""
    columns = {
        "line": [first + place for place in range(len(lines))],
        "uuid": [line[0] for line in lines],
        "instruction": [line[1] for line in lines],
        "instruction_words": [len(line[1].split()) for line in lines],
        "model": [line[2] for line in lines],
        "response": [line[3] for line in lines],
        "response_words": [len((line[3] or "").split()) for line in lines],
    }
    arrays = [pa.array(columns.get(f.name, [None] * len(lines)), f.type) for f in RECORDS]
    scores = [(row, name, value) for row, line in enumerate(lines) for name, value in line[4].items()]
    return Chunk(
        records=pa.table(arrays, schema=RECORDS),
        scores=pa.table([pa.array([s[n] for s in scores], f.type) for n, f in enumerate(SCORES)], schema=SCORES),
        rejects=[],
        read=len(lines),
        position=first + len(lines) - 1,
    )


VIEWED = {
    "instructions": "SELECT uuid, instruction, n_words, line FROM instructions ORDER BY ALL",
    "responses": "SELECT uuid, model, response, n_words FROM responses ORDER BY ALL",
    "scores": "SELECT uuid, model, reward_model, score FROM scores ORDER BY ALL",
    "models": "SELECT model FROM models ORDER BY ALL",
    "rejects": "SELECT file, line, reason FROM rejects ORDER BY ALL",
}


class Merger:
    """A database into which files of lines are merged."""

    def __init__(self) -> None:
        self.db = duckdb.connect()
        self.db.execute(TABLES)
        self.db.execute(VIEWS)
        self.files = 0

    def add(self, lines: list[Line], chunk_rows: int = 1000) -> list[tuple[int, str]]:
        """Merge a file; its rejects as (line, reason)."""
        name = f"file{self.files}"
        self.db.execute("INSERT INTO files VALUES (?, ?, '', 'long', 0, 0, 0, 0, NULL)", [self.files, name])
        for start in range(0, len(lines), chunk_rows):
            merge(self.db, self.files, chunk(lines[start : start + chunk_rows], start + 1))
        query = "SELECT read, kept, rejected FROM files WHERE file_id = ?"
        ((read, kept, rejected),) = self.db.execute(query, [self.files]).fetchall()
        assert read == len(lines) == kept + rejected
        self.files += 1
        rows = self.db.execute("SELECT line, reason FROM rejects WHERE file = ? ORDER BY line", [name]).fetchall()
        assert len(rows) == rejected
        return rows

    def tables(self) -> dict[str, list[tuple]]:
        """The public views, ordered."""
        return {name: self.db.execute(query).fetchall() for name, query in VIEWED.items()}


@pytest.fixture
def merger() -> Merger:
    return Merger()


def test_the_first_text_of_an_id_stands(merger: Merger) -> None:
    lines: list[Line] = [ANSWER, ("a", "Say ho.", "m2", "ho", {"r1": 2.0})]
    assert merger.add(lines) == [(2, "id a stands for another instruction since line 1")]
    assert merger.add(lines[1:]) == [(1, "id a stands for another instruction since file0 line 1")]
    assert merger.tables()["models"] == [("m1",)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ANSWER, "repeats line 1"),
        (("a", "Say hi.", "m1", "hi", {}), "repeats line 1"),
        (("a", "Say hi.", None, None, {}), "repeats line 1"),
        (("a", "Say hi.", "m1", "hello", {"r2": 1.0}), "another response of m1 to this instruction stands in line 1"),
        (("a", "Say hi.", "m1", "hi", {"r1": 1.5}), "contradicts the scores of the same response in line 1"),
        (("a", "Say hi.", "m1", "hi", {"r1": 1.5, "r2": 3.0}), "contradicts the scores of the same response in line 1"),
    ],
)
def test_what_contradicts_or_repeats_is_refused(merger: Merger, line: Line, reason: str) -> None:
    assert merger.add([ANSWER, line]) == [(2, reason)]
    assert merger.add([line]) == [(1, reason.replace("line 1", "file0 line 1"))]
    tables = merger.tables()
    assert tables["scores"] == [("a", "m1", "r1", 1.0)]
    assert tables["responses"] == [("a", "m1", "hi", 1)]


def test_scores_of_another_reward_model_are_merged(merger: Merger) -> None:
    assert merger.add([ANSWER]) == []
    assert merger.add([("a", "Say hi.", "m1", "hi", {"r1": 1.0, "r2": 7.0})]) == []
    assert merger.tables()["scores"] == [("a", "m1", "r1", 1.0), ("a", "m1", "r2", 7.0)]


def test_an_instruction_may_come_without_a_response(merger: Merger) -> None:
    assert merger.add([("a", "Say hi.", None, None, {}), ANSWER]) == []
    assert len(merger.tables()["instructions"]) == len(merger.tables()["responses"]) == 1


def test_only_what_changed_is_stamped(merger: Merger) -> None:
    merger.add([ANSWER])
    before = stamps(merger.db)
    merger.add([("a", "Say hi.", "m1", "hi", {"r2": 7.0})])
    after = stamps(merger.db)
    assert {name for name in after if after[name] != before.get(name)} == {"scores"}


def test_rejects_of_the_importer_are_kept_with_the_others(merger: Merger) -> None:
    merger.db.execute("INSERT INTO files VALUES (0, 'f', '', 'long', 0, 0, 0, 0, NULL)")
    part = chunk([ANSWER, ANSWER], 1)
    merge(merger.db, 0, Chunk(part.records, part.scores, [Reject("f", 3, "is not JSON")], 3, 3))
    rows = merger.db.execute("SELECT line, reason FROM rejects ORDER BY line").fetchall()
    assert rows == [(2, "repeats line 1"), (3, "is not JSON")]
    assert merger.db.execute("SELECT position, read, kept, rejected FROM files").fetchall() == [(3, 3, 1, 2)]


def expected(lines: list[Line]) -> tuple[dict, dict, dict, list[int]]:
    """The rules, one line at a time: instructions, responses, scores, refused lines."""
    texts: dict[str, str] = {}
    answers: dict[tuple[str, str], str | None] = {}
    scores: dict[tuple[str, str, str], float] = {}
    refused = []
    for number, (uuid, text, model, response, brought) in enumerate(lines, 1):
        new_text = uuid not in texts
        if texts.setdefault(uuid, text) != text or (model is None and not new_text):
            refused.append(number)
            continue
        if model is None:
            continue
        known = (uuid, model) in answers
        stored = {name: scores.get((uuid, model, name)) for name in brought}
        if known and (
            answers[uuid, model] != response
            or any(value is not None and value != brought[name] for name, value in stored.items())
            or all(value is not None for value in stored.values())
        ):
            refused.append(number)
            continue
        answers[uuid, model] = response
        scores |= {(uuid, model, name): value for name, value in brought.items()}
    return texts, answers, scores, refused


lines_of = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from([None, "m1", "m2"]),
        st.sampled_from(["yes", "no"]),
        st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), st.sampled_from([0.0, 1.0]), max_size=3),
    ).map(lambda line: line if line[2] else (*line[:3], None, {})),
    max_size=10,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(lines=lines_of)
def test_chunk_borders_change_nothing(lines: list[Line]) -> None:
    texts, answers, scores, refused = expected(lines)
    outcomes = []
    for chunk_rows in (1, 3, 1000):
        merger = Merger()
        assert [line for line, _ in merger.add(lines, chunk_rows)] == refused
        outcomes.append(merger.tables())
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert {row[0]: row[1] for row in outcomes[0]["instructions"]} == texts
    assert {row[:2]: row[2] for row in outcomes[0]["responses"]} == answers
    assert {row[:3]: row[3] for row in outcomes[0]["scores"]} == scores
