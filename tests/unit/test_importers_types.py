"""One type, one reader: each way to write a value or a file, by each reader, is taken by all, or n/a for a reason.

The table is TYPES x READERS for Parquet, whose columns have types, and FORMS x READERS for texts.
"""

import codecs
import datetime
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdselect.errors import UserError
from crowdselect.importers import sources
from precompute.attached_files import read_numbers
from tests.unit.imported import imported

IDS = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"]
TEXTS = ["What is one?", "Où est l'été?"]
SCORES = [1.5, -2.0]
Rows = list[tuple[str, float]]
READERS = ("long", "zoo", "distilabel", "attach")


def columns(reader: str, parts: dict[str, Any]) -> dict[str, Any]:
    """The table of a reader: plain columns, with `parts` (id, text, score, scores, unused) in their places."""
    ids, texts = parts.get("id", pa.array(IDS)), parts.get("text", pa.array(TEXTS))
    scores = parts.get("score", pa.array(SCORES))
    rest = {"note": parts["unused"]} if "unused" in parts else {}
    if reader == "attach":
        return {"uuid": ids, "quality": scores, **rest}
    if reader == "zoo":
        return {
            "uuid": ids,
            "instruction": texts,
            "m": pa.StructArray.from_arrays([texts, scores], ["content", "rm"]),
        } | rest
    if reader == "distilabel":
        offsets = pa.array([0, 1, 2], pa.int32())
        lists = {"generations": texts, "generation_models": pa.array(["m", "m"]), "ratings": scores}
        made = {name: pa.ListArray.from_arrays(offsets, values) for name, values in lists.items()}
        return {"uuid": ids, "instruction": texts} | made | parts.get("lists", {}) | rest
    named = parts.get("scores", pa.StructArray.from_arrays([scores], ["rm"]))
    return {"uuid": ids, "instruction": texts, "model": pa.array(["m", "m"]), "response": texts, "scores": named} | rest


def taken(reader: str, path: Path) -> Rows:
    """(id, score) of each row, after a look at all that was kept; nothing may be refused."""
    if reader == "attach":
        values = read_numbers(path, "quality")
        assert values.refused == []
        return list(zip(values.uuids.to_pylist(), values.values.to_pylist(), strict=True))
    (source,) = sources(path)
    assert source.format == {"zoo": "magpie_zoo"}.get(reader, reader)
    got = imported(source)
    assert got.rejects == []
    assert {one["model"] for one in got.records} == {"m"}
    assert [one["instruction"] for one in got.records] == [one["response"] for one in got.records] == TEXTS
    return [(one["uuid"], *one["scores"].values()) for one in got.records]


def strings(kind: pa.DataType) -> pa.Array:
    return pa.array(TEXTS).cast(kind)


def lists(make: Callable[[pa.Array], pa.Array]) -> dict[str, Any]:
    return {
        "generations": make(pa.array(TEXTS)),
        "generation_models": make(pa.array(["m", "m"])),
        "ratings": make(pa.array(SCORES)),
    }


BYTES = pa.array([b"\xff\xfe", None], pa.binary())
MAP = pa.map_(pa.string(), pa.float64())
NO_TEXT = {"attach": "attach metric reads no text"}
NO_MAP = dict.fromkeys(("zoo", "distilabel", "attach"), "scores stand in columns or lists of their own there")
NO_LIST = dict.fromkeys(("long", "zoo", "attach"), "no column that is read holds a list")
# name: (the column's place, its values, the ids that are to come out where they are others, readers that are n/a)
TYPES: dict[str, tuple[str, Any, list[str] | None, dict[str, str]]] = {
    "UUID": ("id", pa.array([UUID(one).bytes for one in IDS], pa.uuid()), None, {}),
    "ids as views": ("id", pa.array(IDS, pa.string_view()), None, {}),
    "large ids": ("id", pa.array(IDS, pa.large_string()), None, {}),
    "ids as categories": ("id", pa.array(IDS).dictionary_encode(), None, {}),
    "ids as bytes": ("id", pa.array(IDS).cast(pa.binary()), None, {}),
    "whole numbers as ids": ("id", pa.array([7, 2**40]), ["7", str(2**40)], {}),
    "floats as ids": ("id", pa.array([7.0, 8.0]), ["7", "8"], {}),
    "decimals as ids": ("id", pa.array([Decimal(7), Decimal(8)], pa.decimal128(20, 0)), ["7", "8"], {}),
    "texts as views": ("text", strings(pa.string_view()), None, NO_TEXT),
    "large texts": ("text", strings(pa.large_string()), None, NO_TEXT),
    "texts as categories": ("text", strings(pa.string()).dictionary_encode(), None, NO_TEXT),
    "texts as bytes": ("text", strings(pa.binary()), None, NO_TEXT),
    "texts as byte views": ("text", strings(pa.binary()).cast(pa.binary_view()), None, NO_TEXT),
    "half precision": ("score", pa.array(SCORES, pa.float16()), None, {}),
    "single precision": ("score", pa.array(SCORES, pa.float32()), None, {}),
    "decimal": ("score", pa.array([Decimal("1.5"), Decimal("-2")], pa.decimal128(5, 2)), None, {}),
    "scores as categories": ("score", pa.array(SCORES).dictionary_encode(), None, {}),
    "MAP": ("scores", pa.array([[("rm", 1.5)], [("rm", -2.0)]], MAP), None, NO_MAP),
    "large lists": ("lists", lists(lambda a: pa.LargeListArray.from_arrays([0, 1, 2], a)), None, NO_LIST),
    "lists of a fixed size": ("lists", lists(lambda a: pa.FixedSizeListArray.from_arrays(a, 1)), None, NO_LIST),
    "NaN": ("unused", pa.array([float("nan"), 1.0]), None, {}),
    "timestamp": ("unused", pa.array([10**18, None], pa.timestamp("ns", "Europe/Paris")), None, {}),
    "a far timestamp": ("unused", pa.array([2**62, 0], pa.timestamp("us")), None, {}),
    "date": ("unused", pa.array([datetime.date(2025, 1, 2), None]), None, {}),
    "duration": ("unused", pa.array([2**62, 1], pa.duration("s")), None, {}),
    "bytes that are no text": ("unused", BYTES, None, {}),
    "an unused UUID": ("unused", pa.array([UUID(IDS[0]).bytes, None], pa.uuid()), None, {}),
    "an unused MAP": ("unused", pa.array([[("a", float("nan"))], None], MAP), None, {}),
    "a nested NaN": ("unused", pa.array([[{"a": float("nan")}], []]), None, {}),
    "a nested UUID": ("unused", pa.StructArray.from_arrays([pa.array([b"1" * 16, None], pa.uuid())], ["id"]), None, {}),
    "an unused decimal": ("unused", pa.array([Decimal("1.50"), None]), None, {}),
    "a column without values": ("unused", pa.nulls(2), None, {}),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", TYPES)
def test_types_of_parquet(tmp_path: Path, name: str, reader: str) -> None:
    place, values, ids, na = TYPES[name]
    if reader in na:
        return
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(columns(reader, {place: values})), path)
    assert taken(reader, path) == list(zip(ids or IDS, SCORES, strict=True))


def test_what_is_kept_of_unused_columns_is_their_text(tmp_path: Path) -> None:
    unused = {name: values for name, (place, values, _, _) in TYPES.items() if place == "unused"}
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(columns("long", {}) | unused), path)
    (source,) = sources(path)
    kept = json.loads(imported(source).records[0]["response_extra"])
    assert kept.keys() == unused.keys() - {"NaN", "a column without values"}
    assert kept["timestamp"] == "2001-09-09 03:46:40.000000000+0200"
    assert kept["bytes that are no text"] == "base64://4="
    assert kept["an unused UUID"] == IDS[0]
    assert (kept["an unused MAP"], kept["a nested NaN"]) == ({"a": None}, [{"a": None}])
    assert kept["an unused decimal"] == "1.50"


ODD = ["a\u2028b\u0085", "c\x1dd"]  # what str.splitlines takes for line ends
FORM_IDS: dict[str, tuple[list[Any], list[str]]] = {
    "texts": (IDS, IDS),
    "whole numbers": ([7, 8], ["7", "8"]),
    "floats": ([7.0, 8.0], ["7", "8"]),
    "with odd separators": (ODD, ODD),
}


def row(reader: str, id: Any, text: str, score: float) -> dict[str, Any]:
    if reader == "attach":
        return {"uuid": id, "quality": score}
    if reader == "zoo":
        return {"uuid": id, "instruction": text, "m": {"content": text, "rm": score}}
    if reader == "distilabel":
        return {"uuid": id, "instruction": text, "generations": [text], "generation_models": ["m"], "ratings": [score]}
    return {"uuid": id, "instruction": text, "model": "m", "response": text, "scores": {"rm": score}}


def dumped(rows: list[dict[str, Any]], between: str, indent: int | None = None) -> str:
    return between.join(json.dumps(one, ensure_ascii=False, indent=indent) for one in rows)


JSON_FORMS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "lines": lambda rows: dumped(rows, "\n"),
    "CRLF": lambda rows: dumped(rows, "\r\n") + "\r\n",
    "CR": lambda rows: dumped(rows, "\r"),
    "byte order mark": lambda rows: "\ufeff" + dumped(rows, "\n"),
    "lines that end in commas": lambda rows: dumped(rows, ",\n"),
    "a list by lines": lambda rows: f"[\n{dumped(rows, ',' + chr(10))}\n]\n",
    "a list": lambda rows: json.dumps(rows),
    "a list over many lines": lambda rows: json.dumps(rows, indent=2),
    "two lists": lambda rows: json.dumps(rows[:1]) + "\n" + json.dumps(rows[1:]),
    "objects over many lines": lambda rows: dumped(rows, "\n", 1),
    "objects one after another": lambda rows: dumped(rows, ""),
    "a list in an object": lambda rows: json.dumps({"data": rows}),
    "a list in an object, indented": lambda rows: json.dumps({"data": rows}, indent=2),
    "splits": lambda rows: json.dumps({"train": rows[:1], "test": rows[1:]}),
    "NaN in unused fields": lambda rows: dumped([one | {"x": float("nan"), "y": [float("inf")]} for one in rows], "\n"),
}  # fmt: skip
NAMES = ("x.jsonl", "x.json", "x.csv", "x")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", JSON_FORMS)
@pytest.mark.parametrize("ids", FORM_IDS)
def test_forms_of_json(tmp_path: Path, ids: str, form: str, reader: str) -> None:
    written, expected = FORM_IDS[ids]
    rows = [row(reader, *each) for each in zip(written, TEXTS, SCORES, strict=True)]
    content = JSON_FORMS[form](rows).encode()
    for name in NAMES:
        for path, data in ((tmp_path / name, content), (tmp_path / f"{name}.gz", gzip.compress(content))):
            path.write_bytes(data)
            assert taken(reader, path) == list(zip(expected, SCORES, strict=True))


CSV_FORMS: dict[str, Callable[[str], str]] = {
    "commas": lambda text: text,
    "semicolons": lambda text: text.replace(",", ";"),
    "tabs": lambda text: text.replace(",", "\t"),
    "sep=": lambda text: "sep=;\n" + text.replace(",", ";"),
    "trailing commas": lambda text: "".join(line + ",,\n" for line in text.split("\n") if line),
    "trailing commas below the header": lambda text: text.replace("\n", ",\n").replace(",\n", "\n", 1),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: codecs.BOM_UTF8.decode() + text,
    "an unused column": lambda text: "".join(line + ",note\n" for line in text.split("\n") if line),
}
NO_CSV = dict.fromkeys(("zoo", "distilabel"), "a cell holds no struct and no list")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", CSV_FORMS)
@pytest.mark.parametrize("ids", FORM_IDS)
def test_forms_of_csv(tmp_path: Path, ids: str, form: str, reader: str) -> None:
    if reader in NO_CSV:
        return
    expected = [str(one) for one in FORM_IDS[ids][0]]
    heads = {"long": "uuid,instruction,model,response,score:rm", "attach": "uuid,quality"}
    rows = {"long": "{0},{1},m,{1},{2}", "attach": "{0},{2}"}
    lines = [heads[reader], *(rows[reader].format(*each) for each in zip(expected, TEXTS, SCORES, strict=True))]
    content = CSV_FORMS[form]("\n".join(lines) + "\n").encode()
    for name in ("x.csv", "x.tsv", "x.txt", "x.csv.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        assert taken(reader, path) == list(zip(expected, SCORES, strict=True))


FOREIGN = {
    "git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "HTML": b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>",
    "zip": b"PK\x03\x04rest", "xz": b"\xfd7zXZ\x00rest", "zstd": b"\x28\xb5\x2f\xfdrest", "bzip2": b"BZh91AY\0",
    "tar": b"x".ljust(257, b"\0") + b"ustar", "Arrow file": b"ARROW1\0", "Arrow stream": b"\xff\xff\xff\xff",
    "SQLite": b"SQLite format 3\0", "DuckDB": b"\0" * 8 + b"DUCK", "pickle": b"\x80\x04\x95rest", "HDF5": b"\x89HDF",
    "NumPy": b"\x93NUMPY", "PDF": b"%PDF-1.7", "encrypted": b"PARE\0rest", "UTF-16": "{}".encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, name: str, reader: str) -> None:
    for ending in ("jsonl", "parquet", "csv", "json"):
        path = tmp_path / f"x.{ending}"
        path.write_bytes(FOREIGN[name])
        if reader == "attach":
            with pytest.raises(UserError, match=f"(?i){name}"):
                read_numbers(path, "quality")
        else:
            (source,) = sources(path, {"zoo": "magpie_zoo"}.get(reader, reader))
            (reject,) = imported(source).rejects
            assert reject.line is None
            assert name.lower() in reject.reason.lower()
            assert ";" in reject.reason  # the remedy


@pytest.mark.parametrize("start", ["ORCid", "DUCK", "Rar!", "BZhen", "FEA1", "PARE", "ustar"])
def test_a_text_that_begins_like_another_file_is_a_text(tmp_path: Path, start: str) -> None:
    (tmp_path / "x.csv").write_text(f"{start},instruction,source\nx,What is {start}?,s\n")
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": start, "instruction": f"What is {start}?"}))
    for name in ("x.csv", "x.jsonl"):
        (source,) = sources(tmp_path / name)
        assert [one["instruction"] for one in imported(source).records] == [f"What is {start}?"]
