"""Rows of random shapes through the real import: read = kept + rejected, and no text of a kept row is lost."""

from collections import Counter
from pathlib import Path

import pytest

from crowdselect.store import Workspace
from precompute.command import writing
from precompute.ingest import ingest
from tests.unit.fuzzed import TOKEN, UNUSED, Fuzz, tokens, written

SHARES = {
    "long.jsonl": 30, "long.csv": 15, "long.parquet": 15, "zoo.jsonl": 8, "zoo.parquet": 12, "ultrafeedback.json": 8,
    "distilabel.jsonl": 12,
}  # fmt: skip
STORED = """
    SELECT concat_ws(' ', uuid, instruction, source, extra) FROM instructions
    UNION ALL SELECT concat_ws(' ', m.model, a.response, a.extra) FROM answers a JOIN models m USING (mid)
"""


@pytest.mark.parametrize("rows", [3_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_no_text_of_a_kept_row_is_lost(tmp_path: Path, rows: int) -> None:
    fuzz, made = Fuzz(rows), {}
    (tmp_path / "in").mkdir()
    for name, share in SHARES.items():
        made[name] = written(tmp_path / "in", name, fuzz, rows * share // 100)
    assert sum(map(len, made.values())) >= rows * 0.99
    with writing(tmp_path / "w", "ingest", no_publish=True) as command:
        total = ingest(command.db, Workspace(tmp_path / "w"), [str(tmp_path / "in")], "auto", None, command.report)
        db = command.db
        stored = {token for (text,) in db.execute(STORED).fetchall() for token in TOKEN.findall(text)}
        refused = Counter(db.execute("SELECT file, line FROM rejects").fetchall())
        files = db.execute("SELECT file_id, path, read, kept, rejected FROM files").fetchall()
        counted = Counter[tuple[int, str]]()
        for file_id, field, number in db.execute("FROM unused_fields").fetchall():
            counted[file_id, field] += number
    assert total.read == total.kept + total.rejected
    assert total.rejected == sum(refused.values())
    assert total.kept > total.rejected > 0
    assert {path for _, path, *_ in files} == made.keys()
    for file_id, path, read, kept, rejected in files:
        assert read == kept + rejected
        assert rejected == sum(number for (file, _), number in refused.items() if file == path)
        whole = {line: row for line, row in made[path].items() if (path, line) not in refused}
        assert None not in whole.values()
        lost = {line: missing for line, row in whole.items() if (missing := set(tokens(row)) - stored)}
        assert lost == {}, (path, {line: whole[line] for line in lost})
        for field in UNUSED:
            rows_with = sum(row.get(field) is not None and row[field] == row[field] for row in whole.values())
            partly = sum(bool((made[path][line] or {}).get(field)) for file, line in refused if file == path)
            assert rows_with <= counted[file_id, field] <= rows_with + partly
