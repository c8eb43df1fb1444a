"""Lines, strict JSON and lists: what is taken, what is refused, and how much memory that may cost."""

import gzip
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowdselect.importers import read, sources
from crowdselect.importers.json_values import items
from crowdselect.importers.lines import Trouble, lines
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import parse
from tests.unit.imported import Imported, imported

GOOD = '{"instruction": "i", "model": "m", "response": "r", "scores": {"RM": %s}}'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "the field 'b' stands twice"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a": 1} {"a": 2}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": "raw \x01 control"}', "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[]", "not a JSON object but a list"),
        (b'"text"', "not a JSON object but the text 'text'"),
        (b"", "not JSON"),
    ],
)
def test_refused(line: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as raised:
        parse(line)
    assert len(str(raised.value)) < 250


@pytest.mark.parametrize("line", [b'{"a": "\\ud83d\\ude00"}', b'{"a": "\\u0000"}', b' {"a": "\xe2\x80\xa8"}\r', b"{}"])
def test_taken(line: bytes) -> None:
    assert parse(line) == json.loads(line)


@pytest.mark.parametrize("score", ["NaN", "1e999", '"7"', "true", "[1]", "{}", "1" * 310, "-" + "1" * 400, '""'])
def test_bad_scores_name_the_reward_model(tmp_path: Path, score: str) -> None:
    got = reading(tmp_path, (GOOD % score).encode())
    assert len(got.rejects) == 1
    assert "RM is " in got.rejects[0].reason
    assert len(got.rejects[0].reason) < 200


@pytest.mark.parametrize("score", ["null", "0", "-1.5e-300", "1" * 300, "7.25"])
def test_good_scores(tmp_path: Path, score: str) -> None:
    (record,) = reading(tmp_path, (GOOD % score).encode()).records
    assert record["scores"] == ({} if score == "null" else {"RM": float(score)})


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"uuid": "u", "id": "i"}, "u"),
        ({"instruction_id": "u"}, "u"),
        ({"uuid": None, "id": 12}, "12"),
        ({"uuid": " "}, None),
        ({"uuid": 1.5}, "refused"),
        ({"uuid": True}, "refused"),
        ({"uuid": ["u"]}, "refused"),
        ({"uuid": "u" * 1001}, "refused"),
        ({"model": "m", "response": ""}, None),
        ({"model": " ", "response": "r"}, "refused"),
        ({"model": "m", "response": 5}, "refused"),
        ({"model": "m" * 1001, "response": "r"}, "refused"),
        ({"scores": {"RM": 1}}, "refused"),
        ({"scores": {"RM": None}}, None),
        ({"model": "m", "response": "r", "scores": {"": 1}}, "refused"),
        ({"model": "m", "response": "r", "deep": [[]]}, None),
        ({"model": "m", "response": "r", "x": [float("nan")]}, None),
        ({"uuid": float("nan")}, None),
        ({"uuid": 12.0}, "12"),
        ({"instruction": " \u2003"}, "refused"),
        ({"source": 7}, None),
    ],
)
def test_fields_of_the_long_form(tmp_path: Path, fields: dict[str, Any], kept: str | None) -> None:
    got = reading(tmp_path, json.dumps({"instruction": "i"} | fields).encode())
    if kept == "refused":
        assert (len(got.records), len(got.rejects)) == (0, 1)
    else:
        assert [one["uuid"] for one in got.records] == [kept or str(uuid5(NAMESPACE_URL, "i"))]


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    got = reading(tmp_path, b'{"instruction": "i", "x": {"y": [1]}, "id": "u", "uuid": "v", "z": null}\n')
    assert json.loads(got.records[0]["instruction_extra"]) == {"x": {"y": [1]}, "id": "u"}
    got = reading(tmp_path, b'{"instruction": "i", "model": "m", "response": "r", "x": "\\u00e9"}\n')
    assert got.records[0]["response_extra"] == '{"x": "é"}'
    assert got.records[0]["instruction_extra"] is None


def test_numbers_that_json_does_not_know_do_no_harm_where_nobody_reads_them(tmp_path: Path) -> None:
    line = b'{"instruction": "i", "a": NaN, "b": {"c": NaN, "d": -Infinity}, "e": [1e999, 1], "f": %s}' % (b"9" * 500)
    got = reading(tmp_path, line)
    extra = {"b": {"c": None, "d": "-Infinity"}, "e": ["1e999", 1], "f": "9" * 80}
    assert [json.loads(one["instruction_extra"]) for one in got.records] == [extra]


def test_unknown_fields_that_nest_just_within_the_parsers_limit_do_no_harm(tmp_path: Path) -> None:
    for depth in (500, 900, 940, 960, 980, 990):
        got = reading(tmp_path, b'{"instruction": "i", "x": ' + b"[" * depth + b"]" * depth + b"}")
        assert got.read == len(got.records) + len(got.rejects) == 1


def test_lines_end_with_newlines_alone(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes("\ufeffa\u2028b\x0bc\r\n\n d".encode())
    assert list(lines(path)) == [(1, "a\u2028b\x0bc\r".encode()), (2, b""), (3, b" d")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_line_that_is_too_long_is_skipped_unheld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    monkeypatch.setenv("CROWDSELECT_MAX_LINE_MB", "2")
    path = tmp_path / "x.jsonl"
    long = b'{"instruction": "' + b"x" * (60 << 20) + b'"}'
    path.write_bytes(pack(b'{"instruction": "a"}\n' + long + b'\n{"instruction": "b"}\n' + long))
    del long
    (source,) = sources(path)
    tracemalloc.start()
    got = imported(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one["instruction"] for one in got.records] == ["a", "b"]
    assert [(one.line, one.reason[:18]) for one in got.rejects] == [
        (2, "longer than 2 MB ("),
        (4, "longer than 2 MB ("),
    ]
    assert peak < 10 << 20


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_long_items_and_cells_are_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("CROWDSELECT_MAX_LINE_MB", "1")
    path = tmp_path / f"x.{kind}"
    start = {"json": b'[{"instruction": "a"}, {"instruction": "', "csv": b'instruction\na\n"'}[kind]
    path.write_bytes(start + (b"x" * 99 + b"\n") * (200 << 10))
    tracemalloc.start()
    got = imported(Source(path, path.name, "long"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one["instruction"] for one in got.records] == ["a"]
    assert len(got.rejects) == 1
    assert peak < 16 << 20


def test_a_cut_gzip_gives_its_good_lines_then_a_reject(tmp_path: Path) -> None:
    text = "".join(json.dumps({"instruction": f"i {i} {i * i * 7919}"}) + "\n" for i in range(5000)).encode()
    packed = gzip.compress(text)
    path = tmp_path / "x.jsonl.gz"
    for cut in (len(packed) // 2, len(packed) - 4):
        path.write_bytes(packed[:cut])
        (source,) = sources(path)
        got = imported(source)
        count = len(got.records)
        assert [one["line"] for one in got.records] == list(range(1, count + 1))
        assert count > 2000
        assert [(one.line, "cut off" in one.reason) for one in got.rejects] == [(count + 1, True)]
        assert list(read(source, count + 1)) == []
    path.write_bytes(packed[:-8] + b"\0" * 8)
    assert "damaged" in imported(sources(path)[0]).rejects[-1].reason


def test_gzip_members_and_bombs_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"instruction": "a"}\n') + gzip.compress(b"\n" * (1 << 17) + b"x" * (100 << 20)))
    tracemalloc.start()
    got = imported(sources(path)[0])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(got.records), len(got.rejects)) == (1, 1)
    assert peak < 40 << 20


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("kind", ["jsonl", "json", "csv"])
def test_wide_encodings_are_named(tmp_path: Path, encoding: str, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    path.write_bytes('{"instruction": "i"}\n'.encode(encoding))
    for source in (sources(path)[0], Source(path, path.name, "long")):
        got = imported(source)
        assert [(one.line, "iconv -f UTF-" in one.reason) for one in got.rejects] == [(None, True)]
        assert list(read(source, 1)) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[]", []),
        (' [ {"a": 1} , {} ] ', [{"a": 1}, {}]),
        ('[{"a": 1}, 5, {"a": 1, "a": 2}, {"a": "\\ud800"}, {}]', [{"a": 1}, None, None, None, {}]),
        ('[{"a": 1}', [{"a": 1}, None]),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}, None]),
        ('[{"a": 1}, {"a": ', [{"a": 1}, None]),
        ('[{"a": 1},]', [{"a": 1}, None]),
        ("{}", [{}]),
        ('{"a": 1}{"a": 2}, {"a": 3}', [{"a": 1}, {"a": 2}, {"a": 3}]),
        ('{"a":\n1}\r{"a": 2}', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}]\n[{"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('{"x": [{"uuid": 1}, {"a": 2}], "n": {"a": 1}, "y": [{}]}', [{"uuid": 1}, {"a": 2}, None, {}]),
        ('{"v": 1, "x": [{"uuid": 1}', [None, {"uuid": 1}, None]),
        ('{"prompt": "p", "x": [{"uuid": 1}]}', [{"prompt": "p", "x": [{"uuid": 1}]}]),
        ('{"x": [{"role": "user"}], "y": 1}', [{"x": [{"role": "user"}], "y": 1}]),
        ('{"x": []}', [{"x": []}]),
        ('"text"', [None]),
        ("[" * 100_000, [None]),
        ("[1", [None, None]),
    ],
)
@pytest.mark.parametrize("block", [1, 3, 1 << 20])
def test_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, values: list[Any], block: int) -> None:
    monkeypatch.setattr("crowdselect.importers.lines.BLOCK", max(block, len(text) // 1000))
    path = tmp_path / "x.json"
    path.write_text("\ufeff" + text if block > 3 else text)
    got = list(items(path))
    assert [number for number, _ in got] == list(range(1, len(values) + 1))
    assert [None if isinstance(value, Trouble) else value for _, value in got] == values


def test_lists_of_any_length_stream(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("w") as file:
        file.write("[" + ",".join(json.dumps({"instruction": f"{i}", "x": "y" * 1000}) for i in range(20_000)) + "]")
    tracemalloc.start()
    count = sum(1 for _ in items(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 12 << 20


def reading(folder: Path, content: bytes) -> Imported:
    path = folder / "x.jsonl"
    path.write_bytes(content)
    return imported(Source(path, "x.jsonl", "long"))


text = st.text(st.characters(exclude_categories=["Cs"]))
named = text.filter(lambda name: bool(name.strip()))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(named, named, text, st.dictionaries(named, st.floats(allow_nan=False, allow_infinity=False)))),
    st.booleans(),
)
def test_any_text_comes_through_unchanged(tmp_path: Path, rows: list[Any], ascii_only: bool) -> None:
    written = [
        {"instruction": instruction, "model": model, "response": response, "scores": scores}
        for instruction, model, response, scores in rows
    ]
    content = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in written)
    got = reading(tmp_path, content.encode())
    assert got.rejects == []
    assert [
        {name: one[name] for name in ("instruction", "model", "response", "scores")} for one in got.records
    ] == written
    assert got.word_counts_are_exact()


LINE = (
    b'{"uuid": "u", "instruction": "What?", "model": "m-7b", "response": "This \\u00e9 \\ud83d\\ude00.", '
    b'"scores": {"RM": 1.5, "RM-2": null}, "x": {"y": [1, true]}}'
)
TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"NaN",
    b"\xff",
    b"\0",
    b"1e999",
    b"\\ud800",
    b"null",
    b"\n",
    b"\r",
]
mutations = st.lists(
    st.tuples(st.integers(0, len(LINE)), st.integers(0, 12), st.one_of(st.sampled_from(TOKENS), st.binary(max_size=4))),
    min_size=1,
    max_size=4,
)


def mutated(changes: list[tuple[int, int, bytes]], base: bytes = LINE) -> bytes:
    for at, cut, put in changes:
        base = base[:at] + put + base[at + cut :]
    return base


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(mutations, min_size=1, max_size=8), st.sampled_from(["long", "magpie_zoo", "ultrafeedback", "distilabel"])
)
def test_no_line_breaks_the_reader(tmp_path: Path, changes: list[Any], format: str) -> None:
    broken = [mutated(change) for change in changes]
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join([LINE, *broken, LINE]))
    got = imported(Source(path, "x.jsonl", format))
    filled = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    assert got.read == len(got.records) + len(got.rejects)
    assert got.read >= len(filled) if not got.rejects or got.rejects[0].line else got.read == 1
    if format == "long":
        assert got.read == len(filled)
        assert [got.records[0]["line"], got.records[-1]["response"]] == [1, "This é 😀."]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["jsonl", "json", "csv", "parquet", "jsonl.gz"]), st.booleans())
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes, kind: str, packed: bool) -> None:
    path = tmp_path / f"x.{kind}"
    path.write_bytes(gzip.compress(content)[:-1] if packed else content)
    got = imported(Source(path, path.name, "long"))
    assert got.read == len(got.records) + len(got.rejects)


@pytest.mark.slow
def test_a_hundred_thousand_broken_lines(tmp_path: Path) -> None:
    import random

    chance = random.Random(7)
    kept = 0
    path = tmp_path / "x.jsonl"
    with path.open("wb") as file:
        for number in range(100_000):
            if number % 10 == 0:
                kept += 1
                file.write(LINE + b"\n")
                continue
            changes = [
                (chance.randrange(len(LINE)), chance.randrange(12), chance.choice(TOKENS[:-2])) for _ in range(3)
            ]
            file.write((mutated(changes).strip() or b"x") + b"\n")
    got = imported(Source(path, "x.jsonl", "long"))
    assert got.read == len(got.records) + len(got.rejects) == 100_000
    lines_kept = {one["line"] for one in got.records}
    assert set(range(1, 100_001, 10)) <= lines_kept
    assert kept == 10_000
