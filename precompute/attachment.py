"""One attachment: its rows matched with the instructions, and written in one transaction with rejects and a job row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers.labels import label
from crowdselect.records import Reject
from crowdselect.store.workspace import Workspace
from precompute.attached_files import Values
from precompute.database import Database, one, registered, touch, transaction, utc_now
from precompute.fingerprints import ATTACHED
from precompute.progress import say
from precompute.rejects import add_rejects, rejects_name, write_rejects


def attach(
    db: Database,
    workspace: Workspace,
    path: Path,
    stamp: str,
    values: Values,
    clear: Callable[[], Any],
    insert: Callable[[], Any],
    params: dict[str, str],
) -> None:
    """Replace what stands under `stamp`: `clear` empties it, `insert` fills it from the table `attached`.

    That has iid, mid (null where the values belong to instructions) and value. Unknown and repeated ids, and answers
    that are not there, are refused row by row; a file none of whose rows is known is a UserError.
    """
    _refuse_computed(db, stamp)
    name = label(path.name)
    file = f"{name} ({stamp})"
    replaced = bool(one(db, "SELECT count(*) FROM jobs WHERE job = ? AND output = ?", [ATTACHED, stamp]))
    read = len(values.uuids) + len(values.refused)
    models = pa.nulls(len(values.uuids), pa.string()) if values.models is None else values.models
    rows = pa.table({"line": values.lines, "uuid": values.uuids, "model": models, "value": values.values})
    with registered(db, attached_rows=rows), transaction(db):
        db.execute(MATCHED, {"of_answers": values.models is not None})
        db.execute(KEPT)
        kept = one(db, "SELECT count(*) FROM attached")
        if not kept:
            raise UserError(
                f"None of the {read:,} rows of {name} can be attached: no id among them is in {workspace.path}"
                f" and has {'an answer' if values.models is not None else 'a value'};"
                f" check the column uuid{' and the column model' if values.models is not None else ''}."
            )
        empty = one(db, "SELECT count(*) - count(value) FROM attached")
        if empty == kept:
            raise UserError(f"None of the {read:,} rows of {name} has a value to attach; choose another --column.")
        clear()
        insert()
        _note(db, stamp, {"file": name, **params}, kept)
        db.execute("DELETE FROM rejects WHERE file = ?", [file])
        add_rejects(db, [Reject(file, line, reason) for line, reason in values.refused])
        db.execute(REFUSED, [file])
        touch(db, stamp, "rejects")
    write_rejects(db, workspace, file)
    say(f"{stamp}: read {read:,} = kept {kept:,} + rejected {read - kept:,}")
    if empty:
        say(f"{stamp}: {empty:,} of the {kept:,} have no value")
    if read > kept:
        say(f"{stamp}: why rows were rejected stands in {workspace.rejects / rejects_name(file)}")
    if replaced:
        say(f"{stamp}: replaces what was attached under this name before")


MATCHED = """
    CREATE OR REPLACE TEMP TABLE matched AS
    SELECT r.line, r.uuid, r.model, i.iid, a.mid, min(r.line) OVER (PARTITION BY r.uuid, r.model) AS first,
        NOT $of_answers OR a.mid IS NOT NULL AS answered
    FROM attached_rows r LEFT JOIN instructions i ON i.uuid = r.uuid
        LEFT JOIN (SELECT iid, mid, model FROM answers JOIN models USING (mid)) a
            ON a.iid = i.iid AND a.model = r.model
"""
KEPT = """
    CREATE OR REPLACE TEMP TABLE attached AS
    SELECT m.iid, m.mid, r.value FROM matched m JOIN attached_rows r ON r.line = m.line
    WHERE m.iid IS NOT NULL AND m.line = m.first AND m.answered
"""
REFUSED = """
    INSERT INTO rejects
    SELECT ?, line, CASE WHEN uuid IS NULL THEN 'no id'
                         WHEN iid IS NULL THEN 'no instruction has the id ' || left(uuid, 80)
                         WHEN line != first THEN 'repeats line ' || first
                         WHEN model IS NULL THEN 'no model'
                         ELSE 'no answer of ' || left(model, 80) || ' to this instruction' END
    FROM matched WHERE iid IS NULL OR line != first OR NOT answered ORDER BY line
"""


def _refuse_computed(db: Database, stamp: str) -> None:
    """What a job has made under this name is not overwritten."""
    from precompute.jobs import JOBS

    for name, output in db.execute("SELECT job, output FROM jobs WHERE job != ?", [ATTACHED]).fetchall():
        if name in JOBS and JOBS[name].makes(output) == stamp:
            raise UserError(f"{stamp} was computed by `run {name}`; choose another --name.")


def _note(db: Database, stamp: str, params: dict[str, str], rows: int) -> None:
    """The attachment's row in `jobs`."""
    now = utc_now()
    db.execute("DELETE FROM jobs WHERE job = ? AND output = ?", [ATTACHED, stamp])
    row = [ATTACHED, stamp, json.dumps(params), 1, rows, now, now, "local", ""]
    db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
