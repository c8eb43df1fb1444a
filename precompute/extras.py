"""What records say beyond the database's columns: kept as `extra`, compared where one meets another, and counted.

An instruction's extra is that of the row which introduced it; what a later row says otherwise is kept with its
response. Another prompt (PROMPT_FIELDS) makes another instruction, so under the same id it is refused.
"""

import json
from typing import Any

import pyarrow as pa

from crowdselect.importers.fields import PROMPT_FIELDS
from precompute.database import Database, registered, touch
from precompute.repeats import WHERE

Fields = dict[str, Any]


def refuse_other_prompts(db: Database, file_id: int) -> None:
    """Refuse rows whose id and text are known, but whose prompt has another system turn, input or the like."""
    rows = db.execute(
        f"""
        SELECT r.row, r.line, r.uuid, r.instruction_extra, first.extra, {WHERE}
        FROM chunk_records r JOIN subjects s USING (uuid) JOIN instructions first USING (iid)
        JOIN files f ON f.file_id = first.file_id
        WHERE s.head IS DISTINCT FROM r.row AND r.row NOT IN (SELECT row FROM refused)
            AND r.instruction_extra IS DISTINCT FROM first.extra
        """,  # noqa: S608  a constant
        {"file": file_id},
    ).fetchall()
    refused = []
    for row, line, uuid, mine, theirs, where in rows:
        if names := _differ(_prompt(mine), _prompt(theirs)):
            said = f"id {uuid[:80]} stands for the same instruction with another {' and '.join(names)} since {where}"
            refused.append((row, line, said))
    _insert(db, refused)


def name_what_repeats_lose(db: Database) -> None:
    """What was there before is refused as a repeat; where a repeat says something else beside it, that is named."""
    rows = db.execute(
        """
        SELECT r.row, r.instruction_extra, r.response_extra, first.extra, a.extra
        FROM refused JOIN chunk_records r USING (row) JOIN subjects s USING (uuid) JOIN instructions first USING (iid)
        LEFT JOIN models m ON m.model = r.model LEFT JOIN answers a ON a.iid = first.iid AND a.mid = m.mid
        WHERE refused.reason LIKE 'repeats %'
            AND (r.instruction_extra IS DISTINCT FROM first.extra OR r.response_extra IS DISTINCT FROM a.extra)
        """
    ).fetchall()
    lost = []
    for row, of_instruction, of_response, *known in rows:
        there = _fields(known[0]) | _fields(known[1])
        mine = _fields(of_instruction) | _fields(of_response)
        if names := [name for name, value in mine.items() if there.get(name) != value]:
            lost.append((row, ", ".join(names)[:200]))
    if lost:
        table = pa.table({"row": [row for row, _ in lost], "names": [names for _, names in lost]})
        with registered(db, losing=table):
            db.execute(
                "UPDATE refused SET reason = reason || '; not used, and so left out: ' || names"
                " FROM losing WHERE losing.row = refused.row"
            )


def keep_what_differs(db: Database) -> int:
    """Add to a response's extra what its row says of an instruction or response that was there before.

    Returns how many of them name another source.
    """
    rows = db.execute(
        """
        SELECT c.iid, c.mid, c.first, r.instruction_extra, r.source, r.response_extra,
            first.extra, first.source, a.extra
        FROM cells c JOIN chunk_records r USING (row) JOIN subjects s USING (uuid)
        JOIN instructions first ON first.iid = c.iid JOIN answers a ON a.iid = c.iid AND a.mid = c.mid
        WHERE c.row NOT IN (SELECT row FROM refused) AND (
            r.instruction_extra IS NOT NULL AND r.instruction_extra IS DISTINCT FROM first.extra
            OR r.source IS NOT NULL AND r.source IS DISTINCT FROM first.source
            OR NOT c.first AND r.response_extra IS NOT NULL AND r.response_extra IS DISTINCT FROM a.extra)
        ORDER BY c.row
        """
    ).fetchall()
    extras: dict[tuple[int, int], Fields] = {}
    sources = 0
    for iid, mid, fresh, of_instruction, source, of_response, known, known_source, own in rows:
        extra = extras.setdefault((iid, mid), _fields(own))
        said = _fields(known)
        add(extra, {name: value for name, value in _fields(of_instruction).items() if said.get(name) != value})
        if source is not None and source != known_source:
            add(extra, {"source": source})
            sources += 1
        if not fresh:
            add(extra, _fields(of_response))
    if extras:
        table = pa.table(
            {
                "iid": pa.array([iid for iid, _ in extras], pa.int32()),
                "mid": pa.array([mid for _, mid in extras], pa.int16()),
                "extra": pa.array([json.dumps(one, ensure_ascii=False) if one else None for one in extras.values()]),
            }
        )
        touch(db, "responses")
        with registered(db, fuller=table):
            db.execute(
                "UPDATE answers SET extra = fuller.extra FROM fuller"
                " WHERE fuller.iid = answers.iid AND fuller.mid = answers.mid"
            )
    return sources


def add(extra: Fields, said: Fields) -> None:
    """Put `said` into `extra`; another value of a name that is taken goes to `NAME (2)` and so on."""
    for name, value in said.items():
        free, number = name, 1
        while free in extra and extra[free] != value:
            number += 1
            free = f"{name} ({number})"
        extra[free] = value


def count_unused(db: Database, file_id: int, sources: int) -> None:
    """Count, field by field, the rows of the chunk whose extra holds it; `sources` stand beside an earlier one."""
    db.execute(
        """
        INSERT INTO unused_fields
        WITH kept AS (SELECT * FROM chunk_records WHERE row NOT IN (SELECT row FROM refused))
        SELECT $file, field, count(*) FROM (
            SELECT unnest(json_keys(extra)) AS field FROM (
                SELECT any_value(instruction_extra) AS extra FROM kept
                WHERE instruction_extra IS NOT NULL GROUP BY line)
            UNION ALL
            SELECT unnest(json_keys(response_extra)) FROM kept WHERE response_extra IS NOT NULL
            UNION ALL
            SELECT 'source' FROM range($sources))
        GROUP BY field
        """,
        {"file": file_id, "sources": sources},
    )


def unused(db: Database, file_id: int) -> list[tuple[str, int]]:
    """Each field of a file that is kept in extra and not used, with its rows; the most frequent first."""
    query = "SELECT field, sum(rows)::BIGINT FROM unused_fields WHERE file_id = ? GROUP BY field ORDER BY 2 DESC, 1"
    return db.execute(query, [file_id]).fetchall()


def ids_of_responses(db: Database, file_id: int) -> tuple[int, int]:
    """(instructions, ids) of a file where ids seem to name responses: one answer each, of other models, to one text."""
    ((texts, ids),) = db.execute(
        """
        WITH mine AS (
            SELECT i.iid, i.instruction, coalesce(i.extra, '') AS extra, count(a.mid) AS answers, min(a.mid) AS mid
            FROM instructions i LEFT JOIN answers a USING (iid) WHERE i.file_id = ? GROUP BY ALL),
        texts AS (
            SELECT count(*) AS ids FROM mine GROUP BY instruction, extra
            HAVING count(*) > 1 AND max(answers) = 1 AND min(answers) = 1 AND count(DISTINCT mid) > 1)
        SELECT count(*), coalesce(sum(ids), 0)::BIGINT FROM texts
        """,
        [file_id],
    ).fetchall()
    return int(texts), int(ids)


def _fields(extra: str | None) -> Fields:
    return dict(json.loads(extra)) if extra else {}


def _prompt(extra: str | None) -> Fields:
    return {name: value for name, value in _fields(extra).items() if name in PROMPT_FIELDS and value}


def _differ(mine: Fields, theirs: Fields) -> list[str]:
    """The names that do not have the same value in both."""
    return [name for name in dict.fromkeys([*mine, *theirs]) if mine.get(name) != theirs.get(name)]


def _insert(db: Database, refused: list[tuple[int, int, str]]) -> None:
    if refused:
        table = pa.table(
            {
                "row": pa.array([row for row, _, _ in refused], pa.int32()),
                "line": pa.array([line for _, line, _ in refused], pa.int64()),
                "reason": pa.array([reason for _, _, reason in refused], pa.string()),
            }
        )
        with registered(db, other_prompts=table):
            db.execute("INSERT INTO refused SELECT row, line, reason FROM other_prompts")
