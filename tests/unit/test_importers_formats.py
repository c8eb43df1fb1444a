"""Each format from hand-made files: what becomes a record, what is refused, and how a file is recognised."""

import json
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdselect.errors import UserError
from crowdselect.importers import IMPORTERS, families_file, read, sources
from tests.unit.imported import Imported, imported

ULTRA = {
    "source": "evol_instruct",
    "instruction": "Name a colour.",
    "models": ["a-7b", "b-13b"],
    "correct_answers": ["None"],
    "completions": [
        {
            "model": "a-7b",
            "principle": "truthfulness",
            "response": "Blue.",
            "annotations": {"helpfulness": {"Rating": "4", "Rationale": "fine"}, "honesty": {"Rating": "N/A"}},
            "overall_score": 7.5,
            "fine-grained_score": 4.25,
        },
        {"model": "b-13b", "response": "", "annotations": {"helpfulness": {"Rating": "high"}}},
        {"model": "a-7b", "response": "Red.", "annotations": {}},
    ],
}
DISTIL = {
    "instruction": "Name a colour.",
    "generations": ["Blue.", "Red.", None, "Green.", None],
    "generation_models": ["a-7b", "b-13b", "c-1b", "a-7b", "d-3b"],
    "ratings": [4.0, None, None, 3.0, 2.0],
    "distilabel_metadata": {"run": 1},
}
PAIR = {
    "prompt": "Name a colour.",
    "prompt_id": "f00",
    "chosen": [{"role": "user", "content": "Name a colour."}, {"role": "assistant", "content": "Blue."}],
    "chosen_model": "a-7b",
    "chosen_rating": 5.0,
    "rejected": "Red.",
    "rejected_model": "b-13b",
    "rejected_rating": 1.0,
}
ZOO = {
    "uuid": "u1",
    "instruction": "Name a colour.",
    "source": "toy",
    "difficulty": "easy",
    "a-7b": {"content": "Blue.", "RM-1": 1.5, "RM-2": 3, "note": "n"},
    "b-13b": {"content": None, "RM-1": None, "RM-2": None, "note": None},
    "c-1b": {"content": None, "RM-1": 2.0, "RM-2": None, "note": None},
    "d-3b": None,
}
NO_ANSWER = {"uuid": "u2", "instruction": "Name a song.", "a-7b": None, "b-13b": {"content": None, "RM-1": None}}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The same rows in the container that the name asks for."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def only(path: Path, format: str = "auto") -> Imported:
    (source,) = sources(path, format)
    return imported(source)


def named(got: Imported) -> dict[str | None, dict[str, Any]]:
    return {one["model"]: one for one in got.records}


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
def test_ultrafeedback(tmp_path: Path, container: str) -> None:
    path = write(tmp_path / f"x.{container}", [ULTRA])
    assert sources(path)[0].format == "ultrafeedback"
    got = only(path)
    (record,) = got.records
    assert (record["model"], record["response"], record["source"]) == ("a-7b", "Blue.", "evol_instruct")
    assert record["uuid"] == str(uuid5(NAMESPACE_URL, "Name a colour."))
    assert record["scores"] == {
        "ultrafeedback/helpfulness": 4.0,
        "ultrafeedback/overall_score": 7.5,
        "ultrafeedback/fine-grained_score": 4.25,
    }
    assert json.loads(record["instruction_extra"]) == {"correct_answers": ["None"]}
    assert json.loads(record["response_extra"]) == {
        "principle": "truthfulness",
        "annotations": {"helpfulness": {"Rationale": "fine"}},
    }
    assert [(reject.line, reject.reason) for reject in got.rejects] == [
        (1, "completion 2: score ultrafeedback/helpfulness is the text 'high', not a rating"),
        (1, "completion 3: model a-7b has answered this instruction already"),
    ]
    assert got.read == 3


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
def test_distilabel_generations(tmp_path: Path, container: str) -> None:
    path = write(tmp_path / f"x.{container}", [DISTIL])
    assert sources(path)[0].format == "distilabel"
    got = only(path)
    assert {name: (one["response"], one["scores"]) for name, one in named(got).items()} == {
        "a-7b": ("Blue.", {"distilabel/rating": 4.0}),
        "b-13b": ("Red.", {}),
    }
    assert json.loads(got.records[0]["instruction_extra"]) == {"distilabel_metadata": {"run": 1}}
    assert [reject.reason for reject in got.rejects] == [
        "generation 4: model a-7b has answered this instruction already",
        "generation 5: model d-3b has a rating, but no response",
    ]


@pytest.mark.parametrize("container", ["jsonl", "json"])
def test_distilabel_pair(tmp_path: Path, container: str) -> None:
    got = only(write(tmp_path / f"x.{container}", [PAIR]))
    assert {name: (one["response"], one["scores"]) for name, one in named(got).items()} == {
        "a-7b": ("Blue.", {"distilabel/rating": 5.0}),
        "b-13b": ("Red.", {"distilabel/rating": 1.0}),
    }
    assert json.loads(got.records[0]["instruction_extra"]) == {"prompt_id": "f00"}


def test_distilabel_lists_must_match(tmp_path: Path) -> None:
    got = only(write(tmp_path / "x.jsonl", [DISTIL | {"ratings": [1.0]}, DISTIL | {"generations": []}]))
    assert [reject.reason for reject in got.rejects] == [
        "5 generations, 5 generation_models and 1 ratings",
        "0 generations, 5 generation_models and 5 ratings",
    ]


@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
def test_zoo(tmp_path: Path, container: str) -> None:
    path = write(tmp_path / f"x.{container}", [ZOO, NO_ANSWER])
    assert sources(path)[0].format == "magpie_zoo"
    got = only(path)
    answer, alone = got.records
    assert (answer["uuid"], answer["model"], answer["response"], answer["source"]) == ("u1", "a-7b", "Blue.", "toy")
    assert answer["scores"] == {"RM-1": 1.5, "RM-2": 3.0}
    assert json.loads(answer["instruction_extra"]) == {"difficulty": "easy"}
    assert (alone["uuid"], alone["model"], alone["response"], alone["line"]) == ("u2", None, None, 2)
    assert [reject.reason for reject in got.rejects] == ["c-1b: score without a response"]
    assert json.loads(answer["response_extra"]) == {"note": "n"}


def test_zoo_rows_are_the_same_in_both_containers(tmp_path: Path) -> None:
    rows = [
        ZOO,
        NO_ANSWER,
        ZOO | {"uuid": None, "instruction": "Without an id"},
        ZOO | {"uuid": "u4", "instruction": "  "},
        ZOO | {"uuid": "u5", "instruction": None},
        ZOO | {"uuid": "u" * 2000, "instruction": "Endless"},
        ZOO | {"uuid": "u7", "instruction": "No source", "source": ""},
    ]
    lines, columns = (only(write(tmp_path / f"x.{kind}", rows)) for kind in ("jsonl", "parquet"))
    assert lines.records == columns.records
    assert [reject.line for reject in columns.rejects] == [1, 3, 4, 5, 6, 7]
    assert [reject.line for reject in lines.rejects] == [1, 3, 4, 5, 6, 7]
    assert lines.records[2]["uuid"] == str(uuid5(NAMESPACE_URL, "Without an id"))


def test_zoo_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    def texts(*values: bytes) -> pa.Array:
        return pa.Array.from_buffers(pa.string(), len(values), pa.array(values, pa.binary()).buffers())

    struct = pa.StructArray.from_arrays([texts(b"ok", b"\xff", b"\xed\xa0\x80", b"")], names=["content"])
    table = pa.table({"instruction": texts(b"one", b"two", b"three", b"\xc3("), "a-7b": struct})
    pq.write_table(table, tmp_path / "x.parquet")
    got = only(tmp_path / "x.parquet")
    assert [one["response"] for one in got.records] == ["ok"]
    assert [(reject.line, reject.reason) for reject in got.rejects] == [
        (2, "a-7b: content is no UTF-8 text"),
        (3, "a-7b: content is no UTF-8 text"),
        (4, "instruction is no UTF-8 text"),
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_zoo_scores_must_be_finite(tmp_path: Path, value: float) -> None:
    good = {"content": "x", "RM": 1.0}
    path = write(tmp_path / "x.parquet", [{"instruction": "i", "a": good, "b": {"content": "y", "RM": value}}])
    got = only(path)
    assert list(named(got)) == ["a"]
    assert got.rejects[0].reason.startswith("b: score RM is ")


def test_damaged_parquet_gives_its_good_rows_then_a_reject(tmp_path: Path) -> None:
    rows = [{"uuid": f"u{i}", "instruction": f"i {i}", "a": {"content": f"{i} " * 50}} for i in range(400)]
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.Table.from_pylist(rows), whole, row_group_size=100, compression="zstd", use_dictionary=False)
    broken = bytearray(whole.read_bytes())
    column = pq.ParquetFile(whole).metadata.row_group(2).column(2)
    offset = column.data_page_offset
    broken[offset : offset + 200] = b"\xa5" * 200
    (tmp_path / "x.parquet").write_bytes(broken)
    (tmp_path / "y.parquet").write_bytes(whole.read_bytes()[:-20])
    (source,) = sources(tmp_path / "x.parquet")
    got = imported(source, 20)
    assert 100 < len(got.records) <= 200
    assert [one["uuid"] for one in got.records] == [f"u{i}" for i in range(len(got.records))]
    assert "damaged" in got.rejects[-1].reason
    assert len(got.rejects) == 1
    got = imported(sources(tmp_path / "y.parquet")[0])
    assert [(reject.line, got.read) for reject in got.rejects] == [(None, 1)]
    assert "damaged" in got.rejects[0].reason


def alpaca(folder: Path, model: str, preferences: dict[str, list[Any]], outputs: bool = True) -> None:
    answers = [{"dataset": "koala", "instruction": f"i {i}", "output": f"o {i}", "generator": model} for i in range(3)]
    (folder / model).mkdir(parents=True)
    if outputs:
        write(folder / model / "model_outputs.json", answers)
    for annotator, values in preferences.items():
        (folder / model / annotator).mkdir()
        rows = [
            {
                "instruction": f"i {i}",
                "generator_1": "base",
                "output_1": "b",
                "generator_2": model,
                "output_2": f"o {i}",
                "annotator": annotator,
                "preference": value,
            }
            for i, value in enumerate(values)
        ]
        write(folder / model / annotator / "annotations.json", rows)


def test_alpacaeval_results(tmp_path: Path) -> None:
    alpaca(tmp_path, "m-1b", {"judge": [1.0, None, 0], "other": [1.25, 1.5]})
    alpaca(tmp_path, "n-7b", {"judge": [1.1, 7.0, "x"]})
    (tmp_path / "notes").mkdir()
    first, second = sources(tmp_path)
    assert [first.label, second.label] == ["m-1b/model_outputs.json", "n-7b/model_outputs.json"]
    got = imported(first)
    assert [(one["model"], one["source"], one["response"], one["scores"]) for one in got.records] == [
        ("m-1b", "koala", "o 0", {"judge": 1.0, "other": 1.25}),
        ("m-1b", "koala", "o 1", {"other": 1.5}),
        ("m-1b", "koala", "o 2", {"judge": 1.5}),
    ]
    got = imported(second)
    assert len(got.records) == 1
    assert [(reject.line, reject.reason) for reject in got.rejects] == [
        (2, "score judge is 7; a preference lies between 1 and 2"),
        (3, "score judge is the text 'x', not a number"),
    ]
    assert sources(tmp_path / "n-7b")[0] == second


def test_alpacaeval_scores_belong_to_the_answer(tmp_path: Path) -> None:
    alpaca(tmp_path, "m-1b", {"judge": [1.0, 1.0, 1.0]})
    file = tmp_path / "m-1b" / "judge" / "annotations.json"
    rows = json.loads(file.read_text())
    rows[0] |= {"generator_1": "m-1b", "generator_2": "base"}
    rows[1]["output_2"] = "something else"
    rows.append(rows[2])
    rows.append(rows[2] | {"instruction": "only here", "output_2": "an answer"})
    write(file, rows)
    got = imported(sources(tmp_path)[0])
    assert [(one["instruction"], one["response"]) for one in got.records] == [
        ("i 2", "o 2"),
        ("only here", "an answer"),
    ]
    assert [(reject.file, reject.line, reject.reason) for reject in got.rejects] == [
        ("m-1b/judge/annotations.json", 4, "repeats item 3"),
        ("m-1b/model_outputs.json", 1, "judge: generator_2 is the text 'base', which is not this model"),
        ("m-1b/model_outputs.json", 2, "judge: output_2 is not the answer in model_outputs.json"),
    ]


def test_alpacaeval_without_outputs_joins_the_annotators(tmp_path: Path) -> None:
    alpaca(tmp_path, "m-1b", {"judge": [1.0, 2.0], "other": [1.5, 1.25, 2.0]}, outputs=False)
    got = imported(sources(tmp_path)[0])
    assert [one["scores"] for one in got.records] == [
        {"judge": 1.0, "other": 1.5},
        {"judge": 2.0, "other": 1.25},
        {"other": 2.0},
    ]


def test_alpacaeval_lone_files(tmp_path: Path) -> None:
    alpaca(tmp_path, "m-1b", {"judge": [1.0, 1.5, 2.0]})
    for name, scores in (
        ("model_outputs.json", [{}] * 3),
        ("judge/annotations.json", [{"judge": s} for s in (1, 1.5, 2)]),
    ):
        (source,) = sources(tmp_path / "m-1b" / name)
        assert source.format == "alpacaeval"
        got = imported(source)
        assert [(one["model"], one["response"], one["scores"]) for one in got.records] == [
            ("m-1b", f"o {i}", scores[i]) for i in range(3)
        ]


def test_alpacaeval_resumes_anywhere(tmp_path: Path) -> None:
    alpaca(tmp_path, "m-1b", {"judge": [1.0, 7.0, 2.0], "other": [1.5]})
    (source,) = sources(tmp_path)
    whole = imported(source)
    for position in (chunk.position for chunk in read(source, 0, 1)):
        assert whole.up_to(position, source).plus(imported(source, 2, position)).parts() == whole.parts()


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(
        b"\xef\xbb\xbfid,instruction,model,response,score:RM-1,score:RM-2,source,note\r\n"
        b'7,"Two\nlines, ""quoted""",a-7b,"an\r\nanswer",1.5,,koala,n\r\n'
        b"8,Empty answer,b-1b,,1e-3,-2,,\r\n"
        b"9,Alone,,,,,,\r\n"
        b"10,No model,,text,,,,\r\n"
        b"11,Bad,a-7b,x,high,,,\r\n"
        b"12,Bad,a-7b,x,nan,,,\r\n"
        b"13,Bad,a-7b,x,1_0,,,\r\n"
        b"14,short\r\n"
        b"15,\xff,a-7b,x,1,,,\r\n"
        b"\r\n"
        b",No id,a-7b,x,3,,,\r\n"
        b'16,"never closed,a-7b,x,1,,,\r\n'
    )
    got = only(path)
    assert sources(path)[0].format == "long"
    assert [(one["line"], one["uuid"], one["model"], one["response"], one["scores"]) for one in got.records] == [
        (2, "7", "a-7b", "an\r\nanswer", {"RM-1": 1.5}),
        (5, "8", "b-1b", "", {"RM-1": 0.001, "RM-2": -2.0}),
        (6, "9", None, None, {}),
        (14, str(uuid5(NAMESPACE_URL, "No id")), "a-7b", "x", {"RM-1": 3.0}),
    ]
    assert json.loads(got.records[0]["response_extra"]) == {"note": "n"}
    assert [reject.line for reject in got.rejects] == [7, 8, 9, 10, 11, 12, 15]
    assert [reject.reason for reject in got.rejects][1:4] == [
        f"score RM-1 is the text {text!r}, not a number" for text in ("high", "nan", "1_0")
    ]
    assert "2 cells, but the header has 8" in got.rejects[4].reason
    (source,) = sources(path)
    for position in (chunk.position for chunk in read(source, 0, 1)):
        assert got.up_to(position, source).plus(imported(source, 2, position)).parts() == got.parts()


@pytest.mark.parametrize(
    "header", [b"instruction,instruction\nx,y\n", b'"unclosed instruction\n', b"instruction,\xff\nx,y\n"]
)
def test_csv_with_a_broken_header_is_refused_whole(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(header)
    got = only(tmp_path / "x.csv", "long")
    assert [(reject.line, got.read) for reject in got.rejects] == [(None, 1)]


def test_long_in_parquet(tmp_path: Path) -> None:
    rows = [
        {"id": 5, "instruction": "i", "model": "a", "response": "x", "scores": {"RM": 1.0, "RM-2": None}},
        {"id": 6, "instruction": "i", "model": "a", "response": "x", "scores": {"RM": float("nan"), "RM-2": None}},
    ]
    got = only(write(tmp_path / "x.parquet", rows))
    assert [(one["uuid"], one["scores"]) for one in got.records] == [("5", {"RM": 1.0})]
    assert "RM is nan" in got.rejects[0].reason


def test_a_folder_is_read_in_name_order_without_its_families(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", [{"instruction": "i"}])
    write(tmp_path / "a.parquet", [ZOO])
    (tmp_path / "c.csv").write_text("instruction\nhello\n")
    (tmp_path / "odd.jsonl").write_text('{"x": 1}\n')
    (tmp_path / "models.csv").write_text("model,family,params_b\na,,\n")
    (tmp_path / "notes.txt").write_text("hello")
    found = sources(tmp_path)
    assert [(source.label, source.format) for source in found] == [
        ("a.parquet", "magpie_zoo"),
        ("b.jsonl", "long"),
        ("c.csv", "long"),
        ("odd.jsonl", None),
    ]
    assert families_file(tmp_path) == tmp_path / "models.csv"
    assert families_file(tmp_path / "models.csv") is None
    (tmp_path / "families.csv").write_text('"model", "family", "params_b"\n')
    assert families_file(tmp_path) == tmp_path / "families.csv"


def test_a_folder_stands_for_its_subfolders_too(tmp_path: Path) -> None:
    for folder in ("data", ".cache/data", "en/train"):
        (tmp_path / folder).mkdir(parents=True)
        write(tmp_path / folder / "x.jsonl", [{"instruction": "i"}])
    assert [source.label for source in sources(tmp_path)] == ["data/x.jsonl", "en/train/x.jsonl"]
    write(tmp_path / "own.jsonl", [{"instruction": "i"}])
    assert [source.label for source in sources(tmp_path)] == ["data/x.jsonl", "en/train/x.jsonl", "own.jsonl"]


def test_a_format_that_is_named_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "odd.jsonl", [{"x": 1}])
    got = only(path, "long")
    assert [reject.reason for reject in got.rejects] == ["no instruction"]


@pytest.mark.parametrize(
    ("make", "format", "message"),
    [
        (lambda p: p, "auto", "There is no file or folder"),
        (lambda p: write(p, [{"x": 1}]), "auto", "(seen: x); name it with --format: alpacaeval, distilabel, long"),
        (lambda p: write(p, []), "parquet", "Unknown format 'parquet'; choose one of auto, alpacaeval"),
        (lambda p: p.mkdir(), "auto", "No data in"),
        (lambda p: p.write_text("\nnot json\n"), "auto", "no row that can be read"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, make: Any, format: str, message: str) -> None:
    path = tmp_path / "x.jsonl"
    make(path)
    with pytest.raises(UserError) as raised:
        sources(path, format)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_families_are_not_data(tmp_path: Path) -> None:
    path = tmp_path / "families.csv"
    path.write_text("model,family,params_b\n")
    with pytest.raises(UserError, match="--families"):
        sources(path)


def test_the_registry() -> None:
    assert sorted(IMPORTERS) == ["alpacaeval", "distilabel", "long", "magpie_zoo", "ultrafeedback"]


@pytest.mark.parametrize("name", sorted(IMPORTERS))
@pytest.mark.parametrize(
    "content", [b"", b"\n \r\n", b"[]", b"[", b"{}\n", b'{"instruction": 5}\n', b"\x1f\x8b", b"PAR1", b"\0\0"]
)
def test_no_importer_breaks_on_a_strange_file(tmp_path: Path, name: str, content: bytes) -> None:
    for suffix in ("jsonl", "json", "csv", "parquet", "jsonl.gz"):
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(content)
        got = only(path, name)
        assert got.records == []
        assert got.read == len(got.rejects)
        if suffix != "csv":  # where a line alone is a header without rows
            assert bool(got.rejects) == (content.strip() not in (b"", b"[]"))
