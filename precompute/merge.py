"""Merges one chunk of records into the database: what is new is kept, what contradicts or repeats is refused.

Records count in the order of their file, and the first to say something is right. All of it is set-based SQL over
integer keys; texts move as Arrow columns and are compared only where a record meets one that came before it.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.records import Chunk
from precompute.database import Database, one, registered, touch, transaction
from precompute.extras import count_unused, keep_what_differs, name_what_repeats_lose, refuse_other_prompts
from precompute.names import add_names
from precompute.rejects import add_rejects
from precompute.repeats import WHERE, judge_repeats

SAID = ("instruction_extra", "response_extra", "source")  # what records may say beside what the tables hold


@dataclass(frozen=True)
class Merged:
    """What became of a chunk: read = kept + rejected."""

    kept: int
    rejected: int


def merge(db: Database, file_id: int, chunk: Chunk) -> Merged:
    """Add `chunk` to the database, in one transaction with its file's progress and its rejects."""
    if not pc.all(pc.is_finite(chunk.scores["score"]), min_count=0).as_py():
        raise ValueError("an importer handed over a score that is not finite")
    numbers = pa.array(np.arange(chunk.records.num_rows, dtype=np.int32))
    records = chunk.records.append_column("row", numbers)
    with registered(db, chunk_records=records, chunk_scores=chunk.scores), transaction(db):
        db.execute("CREATE OR REPLACE TEMP TABLE refused(row INTEGER, line BIGINT, reason VARCHAR)")
        extras = any(chunk.records[name].null_count < chunk.records.num_rows for name in SAID)
        _merge_instructions(db, file_id)
        if extras:
            refuse_other_prompts(db, file_id)
        _merge_answers(db, file_id, chunk.records)
        _merge_scores(db)
        judge_repeats(db, file_id)
        if extras:
            name_what_repeats_lose(db)
            count_unused(db, file_id, keep_what_differs(db))
        return _finish(db, file_id, chunk)


def _merge_instructions(db: Database, file_id: int) -> None:
    """Fills `subjects(uuid, iid, head)`: every id of the chunk, and the row that introduces it (null: it was known)."""
    base = one(db, "SELECT coalesce(max(iid), -1) + 1 FROM instructions")
    db.execute(
        """
        CREATE OR REPLACE TEMP TABLE subjects AS
        WITH heads AS (SELECT uuid, min(row) AS row FROM chunk_records GROUP BY uuid),
             known AS (SELECT i.uuid, i.iid FROM instructions i JOIN heads USING (uuid)),
             fresh AS (SELECT * FROM heads ANTI JOIN known USING (uuid))
        SELECT uuid, iid, NULL::INTEGER AS head FROM known
        UNION ALL
        SELECT uuid, ($base + row_number() OVER (ORDER BY row) - 1)::INTEGER, row FROM fresh
        """,
        {"base": base},
    )
    db.execute(
        """
        INSERT INTO instructions (iid, uuid, instruction, source, extra, n_words, file_id, line)
        SELECT s.iid, r.uuid, r.instruction, r.source, r.instruction_extra, r.instruction_words, $file, r.line
        FROM subjects s JOIN chunk_records r ON r.row = s.head ORDER BY s.iid
        """,
        {"file": file_id},
    )
    db.execute(
        f"""
        INSERT INTO refused
        SELECT r.row, r.line, 'id ' || left(r.uuid, 80) || ' stands for another instruction since ' || {WHERE}
        FROM chunk_records r JOIN subjects s USING (uuid) JOIN instructions first USING (iid)
        JOIN files f ON f.file_id = first.file_id
        WHERE r.instruction != first.instruction
        """,  # noqa: S608  WHERE is the constant above
        {"file": file_id},
    )
    db.execute(
        f"""
        INSERT INTO refused
        SELECT r.row, r.line, 'repeats ' || {WHERE}
        FROM chunk_records r JOIN subjects s USING (uuid) JOIN instructions first USING (iid)
        JOIN files f ON f.file_id = first.file_id
        WHERE r.model IS NULL AND s.head IS DISTINCT FROM r.row AND r.instruction = first.instruction
        """,  # noqa: S608
        {"file": file_id},
    )


def _merge_answers(db: Database, file_id: int, records: pa.Table) -> None:
    """Fills `cells(row, iid, mid, first)`: every response of the chunk, and whether it is the first of its model."""
    add_names(
        db,
        "models",
        """SELECT DISTINCT model FROM chunk_records
           WHERE model IS NOT NULL AND row NOT IN (SELECT row FROM refused)""",
    )
    db.execute(
        """
        CREATE OR REPLACE TEMP TABLE cells AS
        WITH keys AS (
            SELECT r.row, s.iid, m.mid, row_number() OVER (PARTITION BY s.iid, m.mid ORDER BY r.row) AS turn
            FROM chunk_records r JOIN subjects s USING (uuid) JOIN models m USING (model)
            WHERE r.row NOT IN (SELECT row FROM refused))
        SELECT row, iid, mid, turn = 1 AND a.iid IS NULL AS first
        FROM keys LEFT JOIN (SELECT iid, mid FROM answers) a USING (iid, mid)
        """
    )
    fresh = db.sql("SELECT row, iid, mid FROM cells WHERE first ORDER BY row").to_arrow_table()
    texts = records.select(["response", "response_words", "response_extra", "line"])
    if fresh.num_rows != records.num_rows:
        texts = texts.take(fresh["row"])
    columns = {"iid": fresh["iid"], "mid": fresh["mid"], **dict(zip(texts.column_names, texts.columns, strict=True))}
    with registered(db, fresh_answers=pa.table(columns)):
        db.execute(
            "INSERT INTO answers (iid, mid, response, n_words, extra, file_id, line)"
            " SELECT iid, mid, response, response_words, response_extra, ?, line FROM fresh_answers",
            [file_id],
        )


def _merge_scores(db: Database) -> None:
    """The scores of the responses that are new: nothing can contradict them."""
    add_names(
        db,
        "reward_models",
        "SELECT DISTINCT reward_model FROM chunk_scores WHERE row IN (SELECT row FROM cells WHERE first)",
    )
    db.execute(
        """
        INSERT INTO score_values
        SELECT iid, mid, rid, score
        FROM chunk_scores JOIN (SELECT row, iid, mid FROM cells WHERE first) USING (row)
        JOIN reward_models USING (reward_model)
        """
    )


def _finish(db: Database, file_id: int, chunk: Chunk) -> Merged:
    """The rejects, the file's progress and the stamps of what has changed."""
    name = one(db, "SELECT path FROM files WHERE file_id = ?", [file_id])
    add_rejects(db, chunk.rejects)
    db.execute("INSERT INTO rejects SELECT ?, line, reason FROM refused ORDER BY row", [name])
    refused = one(db, "SELECT count(*) FROM refused")
    merged = Merged(chunk.records.num_rows - refused, len(chunk.rejects) + refused)
    db.execute(
        """
        UPDATE files SET position = $position, read = read + $read, kept = kept + $kept, rejected = rejected + $rejected
        WHERE file_id = $file
        """,
        {
            "position": chunk.position,
            "read": chunk.read,
            "kept": merged.kept,
            "rejected": merged.rejected,
            "file": file_id,
        },
    )
    if one(db, "SELECT count(*) FROM subjects WHERE head IS NOT NULL"):
        touch(db, "instructions")
    if one(db, "SELECT count(*) FROM cells WHERE first"):
        touch(db, "responses")
    if merged.kept and chunk.scores.num_rows:
        touch(db, "scores")
    if merged.rejected:
        touch(db, "rejects")
    return merged
