"""Every broken file gives what its manifest says: good records kept, bad ones refused with a reason, nothing lost."""

import gzip
import json
from pathlib import Path

import pytest

from crowdselect.importers import read, sources
from crowdselect.importers.source import Source
from tests.unit.imported import Imported, imported

MESS = {  # file: records kept, lines refused
    "00_whole.jsonl": (16, []),
    "01_truncated.jsonl": (8, [9]),
    "02_nan_infinity.jsonl": (5, [2, 3, 7]),
    "03_duplicate_ids_different_text.jsonl": (12, []),
    "04_duplicate_pair.jsonl": (10, []),
    "05_unknown_extra_model.jsonl": (13, []),
    "06_missing_scores.jsonl": (23, []),
    "07_wrong_type_scores.jsonl": (6, [1, 4, 6, 7, 10, 11]),
    "08_empty.jsonl": (0, []),
    "09_blank_lines_only.jsonl": (0, []),
    "10_utf16.jsonl": (0, [None]),
    "11_crlf_bom.jsonl": (8, []),
    "12_five_mb_line.jsonl": (4, []),
    "13_hostile_text.jsonl": (24, []),
    "14_broken_in_the_middle.jsonl": (7, [2, 3, 4, 5, 6]),
    "15_missing_fields.jsonl": (2, [2, 3, 4, 5, 6, 7]),
    "20_zoo_nulls.parquet": (17, [3, 5]),
    "21_zoo_text_scores.parquet": (9, [1, 2, 3]),
}


@pytest.fixture(scope="module")
def mess(alpacaeval: Path) -> dict[str, Imported]:
    return {source.label: imported(source) for source in sources(alpacaeval / "mess")}


def test_the_folder_holds_these_files_and_no_others(mess: dict[str, Imported], alpacaeval: Path) -> None:
    manifest = json.loads((alpacaeval / "mess" / "manifest.json").read_text())
    assert list(mess) == list(MESS) == [name for name in manifest if name != "families.csv"]


@pytest.mark.parametrize("name", MESS)
def test_kept_and_refused(mess: dict[str, Imported], name: str) -> None:
    kept, refused = MESS[name]
    got = mess[name]
    assert (len(got.records), [reject.line for reject in got.rejects]) == (kept, refused)
    assert got.read == len(got.records) + len(got.rejects)
    assert all(reject.file == name for reject in got.rejects)


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("01_truncated.jsonl", 9, "not JSON"),
        ("02_nan_infinity.jsonl", 7, "weighted_alpaca_eval_gpt4_turbo is -Infinity"),
        ("07_wrong_type_scores.jsonl", 1, "weighted_alpaca_eval_gpt4_turbo is the text '7.2'"),
        ("07_wrong_type_scores.jsonl", 6, "is true"),
        ("07_wrong_type_scores.jsonl", 10, "scores is the text"),
        ("10_utf16.jsonl", None, "iconv -f UTF-16 -t UTF-8"),
        ("14_broken_in_the_middle.jsonl", 4, "not a JSON object but a list"),
        ("15_missing_fields.jsonl", 2, "no model"),
        ("15_missing_fields.jsonl", 3, "no response"),
        ("15_missing_fields.jsonl", 4, "no instruction"),
        ("15_missing_fields.jsonl", 5, "no response"),
        ("15_missing_fields.jsonl", 6, "model is 7"),
        ("15_missing_fields.jsonl", 7, "instruction is a list"),
        ("20_zoo_nulls.parquet", 3, "gemma-2b-it: score without a response"),
        ("20_zoo_nulls.parquet", 5, "vicuna-7b: score weighted_alpaca_eval_gpt4_turbo is nan"),
        ("21_zoo_text_scores.parquet", 2, "gemma-7b-it: score weighted_alpaca_eval_gpt4_turbo is the text 'high'"),
    ],
)
def test_reasons_name_what_is_wrong(mess: dict[str, Imported], name: str, line: int | None, reason: str) -> None:
    (reject,) = [reject for reject in mess[name].rejects if reject.line == line]
    assert reason in reject.reason


def test_hostile_text_is_kept_byte_for_byte(mess: dict[str, Imported], alpacaeval: Path) -> None:
    lines = (alpacaeval / "mess" / "13_hostile_text.jsonl").read_bytes().split(b"\n")
    rows = [json.loads(line) for line in lines if line]
    got = mess["13_hostile_text.jsonl"].records
    assert [(one["instruction"], one["model"], one["response"]) for one in got] == [
        (row["instruction"], row["model"], row["response"]) for row in rows
    ]


def test_missing_scores_are_no_scores(mess: dict[str, Imported]) -> None:
    got = mess["06_missing_scores.jsonl"]
    lines_with_scores = {one["line"] for one in got.records if one["scores"]}
    assert {2, 6, 9, 13} & lines_with_scores == set()
    assert len(lines_with_scores) == 19


def test_absent_answers_of_the_zoo_are_no_records(mess: dict[str, Imported]) -> None:
    models = {(one["line"], one["model"]) for one in mess["20_zoo_nulls.parquet"].records}
    assert (2, "vicuna-13b") not in models
    assert (4, "gemma-7b-it") in models
    assert len(models) == 5 * 4 - 3


@pytest.mark.slow
def test_both_layouts_of_the_real_pool_are_equal(alpacaeval: Path) -> None:
    zoo, long = (imported(sources(alpacaeval / name)[0]) for name in ("zoo.parquet", "responses.jsonl.gz"))
    assert len(zoo.records) == 16902
    assert zoo.rejects == long.rejects == []
    assert zoo.content == long.content
    assert zoo.word_counts_are_exact()
    assert long.word_counts_are_exact()


@pytest.mark.parametrize("name", ["00_whole.jsonl", "07_wrong_type_scores.jsonl", "11_crlf_bom.jsonl"])
def test_gzipped_is_the_same(alpacaeval: Path, tmp_path: Path, name: str) -> None:
    plain = alpacaeval / "mess" / name
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = imported(sources(plain)[0]), imported(sources(packed)[0])
    assert one.records == other.records
    assert [reject.reason for reject in one.rejects] == [reject.reason for reject in other.rejects]


@pytest.mark.parametrize("name", [name for name in MESS if not name.startswith("12")])
def test_reading_resumes_anywhere_and_chunks_change_nothing(alpacaeval: Path, name: str) -> None:
    (source,) = [one for one in sources(alpacaeval / "mess") if one.label == name]
    whole = imported(source)
    for size in (1, 3, 7):
        assert imported(source, size).parts() == whole.parts()
    positions = [chunk.position for chunk in read(source, 0, 1)]
    assert positions == sorted(set(positions))
    for position in positions:
        assert whole.up_to(position, source).plus(imported(source, 2, start=position)).parts() == whole.parts()


def test_a_source_without_format_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "what.jsonl"
    path.write_text('{"a": 1}\n')
    got = imported(Source(path, "what.jsonl", None))
    assert (got.read, len(got.records)) == (1, 0)
    assert "Cannot tell the format of what.jsonl (seen: a)" in got.rejects[0].reason
    assert list(read(Source(path, "what.jsonl", None), 1)) == []


def test_a_small_file_that_unpacks_to_gigabytes_is_one_reject(tmp_path: Path) -> None:
    """Many rows of one 19 MB text, which the file keeps once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = tmp_path / "bomb.parquet"
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 500), ["x" * (19 << 20)])
    pq.write_table(pa.table({"instruction": texts}), file, compression="zstd", store_schema=False)
    before = pa.default_memory_pool().bytes_allocated()
    for source in (*sources(file), Source(file, file.name, "long"), Source(file, file.name, "magpie_zoo")):
        (chunk,) = read(source)
        assert [reject.line for reject in chunk.rejects] == [None]
        assert "bytes hold more than 1.1 GB once they are read" in chunk.rejects[0].reason
        assert chunk.records.num_rows == 0
    assert pa.default_memory_pool().bytes_allocated() - before < 100 << 20
