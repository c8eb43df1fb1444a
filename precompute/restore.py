"""A work database that DuckDB left damaged is the newest build again, with what was committed since.

A checkpoint rewrites blocks of metadata where they lie. A process that is killed within such a write leaves half a
block, and the file cannot be opened any more. The build that was copied after the checkpoint before has that block
whole, and the log beside the file holds what was committed since: DuckDB replays it over the copy.
"""

import contextlib
import os
import shutil
from pathlib import Path

import duckdb

from crowdselect.store.failures import in_use
from crowdselect.store.workspace import Workspace

DAMAGE = "Corrupt database file"  # how DuckDB's message begins where a block's checksum is wrong
MAGIC, MAGIC_AT = b"DUCK", 8  # what a database begins with, after a checksum
HEADERS = 3 * 4096  # bytes before the first block: which checkpoint this is


def restored(workspace: Workspace, error: duckdb.Error) -> bool:
    """Whether the work database was damaged and is restored. The caller holds the writer's lock.

    Where checkpoints came between the build and the damage, what they hold is lost, and a line says so. The damaged
    files stay beside as work.duckdb.damaged and work.duckdb.wal.damaged. Killed at any moment, it can be done again.
    """
    from precompute.progress import say  # which comes to open the database by way of this

    build_id = workspace.current_build()
    if DAMAGE not in str(error) or build_id is None or not _readable(workspace.build(build_id)):
        return False
    work, build = workspace.work_db, workspace.build(build_id)
    log = work.with_name(work.name + ".wal")
    whole = _headers(work) == _headers(build)
    beside = work.with_name(work.name + ".tmp")
    shutil.copyfile(build, beside)
    with beside.open("rb+") as copied:
        os.fsync(copied.fileno())
    if not whole and log.exists():  # it belongs to a later state, and would be refused
        os.replace(log, _damaged(log))
    _damaged(work).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not every disk gives a file a second name
        os.link(work, _damaged(work))
    os.replace(beside, work)
    lost = "and what was committed since" if whole else "and what was done since without publishing has to be run again"
    say(f"{work.name} was damaged, as by a kill within a write: it is build {build_id} again, {lost}.")
    return True


def set_aside(workspace: Workspace) -> bool:
    """Whether the work database ended within its headers, as by a full disk at its very first write, and is put aside.

    Nothing was ever committed to such a file; it stays beside as work.duckdb.damaged.
    """
    work = workspace.work_db
    log = work.with_name(work.name + ".wal")
    if not work.is_file() or work.stat().st_size > HEADERS or (log.exists() and log.stat().st_size):
        return False
    begun = _headers(work)
    ours = begun[MAGIC_AT:].startswith(MAGIC) or len(begun) < MAGIC_AT + len(MAGIC)
    if any(begun) and (not ours or len(begun) == HEADERS):  # somebody else's file, or one that was written whole
        return False
    os.replace(work, _damaged(work))
    return True


def _readable(build: Path) -> bool:
    try:
        duckdb.connect(build, read_only=True).close()
    except duckdb.Error as error:
        if busy := in_use(error, f"builds/{build.name}"):
            raise busy from None  # to be closed, and then it serves
        return False
    return True


def _headers(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEADERS)


def _damaged(file: Path) -> Path:
    return file.with_name(file.name + ".damaged")
