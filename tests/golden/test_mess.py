"""Every broken file goes through the command line: what is whole is kept, what is not is set aside with its line."""

from pathlib import Path

import duckdb
import pytest

from crowdselect.recipe import PoolSpec, ResponseSpec
from crowdselect.selection import gather
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from tests.golden.conftest import JUDGE

pytestmark = pytest.mark.slow

# file -> records kept, and the lines refused (None: the file as a whole)
EXPECTED: dict[str, tuple[int, list[int | None]]] = {
    "00_whole.jsonl": (16, []),
    "01_truncated.jsonl": (8, [9]),
    "02_nan_infinity.jsonl": (5, [2, 3, 7]),
    "03_duplicate_ids_different_text.jsonl": (8, [9, 10, 11, 12]),
    "04_duplicate_pair.jsonl": (8, [9, 10]),
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


@pytest.mark.parametrize("name", EXPECTED)
def test_file(name: str, alpacaeval: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, lines = EXPECTED[name]
    mess, workspace = alpacaeval / "mess", tmp_path / "w"
    command = ["ingest", str(mess / name), "--families", str(mess / "families.csv"), "--workspace", str(workspace)]
    code = main(command)
    said = capsys.readouterr()
    assert code == (1 if lines and not kept else 0)
    assert "Traceback" not in said.out + said.err
    with duckdb.connect(workspace / "work.duckdb", read_only=True) as db:
        responses = db.execute("SELECT count(*) FROM responses").fetchall()[0][0]
        refused = db.execute("SELECT line, reason FROM rejects ORDER BY line").fetchall()
        bad = db.execute("SELECT count(*) FROM scores WHERE NOT isfinite(score)").fetchall()[0][0]
        doubles = db.execute("SELECT count(*) - count(DISTINCT (uuid, model)) FROM responses").fetchall()[0][0]
        read = db.execute("SELECT sum(read), sum(kept), sum(rejected) FROM files").fetchall()[0]
    assert responses == kept
    assert [line for line, _ in refused] == lines
    assert all(reason for _, reason in refused)
    assert (bad, doubles) == (0, 0)
    assert read == (kept + len(lines), kept, len(lines))


def test_the_table_above_names_every_file(alpacaeval: Path) -> None:
    there = {path.name for path in (alpacaeval / "mess").iterdir() if path.suffix in (".jsonl", ".parquet")}
    assert there == set(EXPECTED)


def test_only_complete_rows_count(alpacaeval: Path, tmp_path: Path) -> None:
    file = alpacaeval / "mess" / "06_missing_scores.jsonl"
    assert main(["ingest", str(file), "--workspace", str(tmp_path)]) == 0
    build = open_build(Workspace.of(tmp_path))
    candidates = gather(load_pool(build), PoolSpec(reward_model=JUDGE), ResponseSpec(), seed=0)
    build.close()
    assert len(candidates) == 1
