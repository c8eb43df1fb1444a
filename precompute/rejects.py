"""What was refused: rows of the table `rejects`, and one file for each file that it came from."""

import hashlib
import os
import re
from collections.abc import Sequence

import orjson
import pyarrow as pa

from crowdselect.records import Reject
from crowdselect.store.workspace import Workspace
from precompute.database import Database, registered


def add_rejects(db: Database, rejects: Sequence[Reject]) -> None:
    """Insert `rejects`, inside the caller's transaction."""
    if not rejects:
        return
    columns = {
        "file": pa.array([reject.file for reject in rejects], pa.string()),
        "line": pa.array([reject.line for reject in rejects], pa.int64()),
        "reason": pa.array([reject.reason for reject in rejects], pa.string()),
    }
    with registered(db, new_rejects=pa.table(columns)):
        db.execute("INSERT INTO rejects SELECT file, line, reason FROM new_rejects")


def rejects_name(file: str) -> str:
    """A plain file name for the rejects of `file`, which may be called anything; two files never share one."""
    plain = re.sub(r"[^\w.-]", "_", file).lstrip(".")[:150]
    return f"{plain if plain == file else f'{plain}-{hashlib.sha256(file.encode()).hexdigest()[:8]}'}.jsonl"


def write_rejects(db: Database, workspace: Workspace, file: str, files: Sequence[str] = ()) -> None:
    """rejects/FILE.jsonl: {file, line, reason}, a line each in the order of the lines; no file when there are none.

    `files` are those whose rejects it holds, where FILE is read together with others.
    """
    path = workspace.rejects / rejects_name(file)
    beside = path.with_name(path.name + ".tmp")
    query = "SELECT file, line, reason FROM rejects WHERE list_contains(?, file) ORDER BY file, line, reason"
    rows = db.execute(query, [list(files or (file,))])
    found = False
    with beside.open("wb") as out:
        while batch := rows.fetchmany(10_000):
            found = True
            for name, line, reason in batch:
                out.write(orjson.dumps({"file": name, "line": line, "reason": reason}) + b"\n")
    if found:
        os.replace(beside, path)
    else:
        beside.unlink()
        path.unlink(missing_ok=True)
