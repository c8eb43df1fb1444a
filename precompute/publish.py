"""Publish: a copy of the work database under a new number, and CURRENT, which names it, written last."""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import duckdb

from crowdselect.errors import UserError
from crowdselect.schema import metrics_view
from crowdselect.settings import number
from crowdselect.store.shortage import of_disk
from crowdselect.store.workspace import Workspace
from precompute.database import Database, half_the_memory, one, set_meta, signal_names, transaction
from precompute.digests import update_digests
from precompute.restore import HEADERS

CONTENT = "content"  # the meta key that says what state of the work database a build holds


def publish(db: Database, workspace: Workspace) -> str | None:
    """Publish what `db` holds and close it; the new build's id, or None when the newest build holds the same.

    The caller holds the writer's lock. Raises UserError, and leaves no partial build, when the disk is full.
    """
    state = _state(db)
    current = workspace.current_build()
    if current is not None and _published_state(workspace.build(current)) == state:
        return None
    with transaction(db):
        db.execute(metrics_view(*signal_names(db)))
        set_meta(db, CONTENT, state)
    with half_the_memory(db):
        update_digests(db)
    db.execute("CHECKPOINT")
    db.close()
    if workspace.work_db.with_name(workspace.work_db.name + ".wal").exists():
        raise UserError(f"{workspace.work_db} was not written out whole; run the command again.")
    build_id = _next_id(workspace)
    try:
        _copy(workspace.work_db, workspace.build(build_id))
        _point(workspace, build_id)
    except OSError as error:
        raise _disk_error(error, workspace) from None
    _prune(workspace, build_id)
    return build_id


def _state(db: Database) -> str:
    """A hash of what the work database holds: the stamps of its content, and how its jobs and files stand."""
    rows = [
        db.execute(query).fetchall()
        for query in (
            "SELECT name, stamp FROM stamps ORDER BY ALL",
            "SELECT job, output, rows, fingerprint, started, finished FROM jobs ORDER BY ALL",
            "SELECT file_id, position, finished FROM files ORDER BY ALL",
            "SELECT key, value FROM meta WHERE key != 'content' ORDER BY ALL",
        )
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _published_state(build: Path) -> str | None:
    """The state that a build was made from; None for one that cannot be read."""
    try:
        with duckdb.connect(build, read_only=True) as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'content'").fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def _next_id(workspace: Workspace) -> str:
    """One more than any build that is or was current: a number is never used twice."""
    taken = [*workspace.build_ids(), workspace.current_build() or "0"]
    return f"{max(int(build_id) for build_id in taken) + 1:04d}"


def _copy(source: Path, target: Path) -> None:
    """`source` under its new name, whole or not at all."""
    beside = target.with_name(target.name + ".tmp")
    try:
        shutil.copyfile(source, beside)
        _fill_up(beside)
        _sync(beside)
        os.rename(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _fill_up(build: Path) -> None:
    """Make the file as long as it says it is, which also shows that it can be read.

    DuckDB may leave out free blocks at the end of its file; readers take a shorter file for one that was cut.
    """
    with duckdb.connect(build, read_only=True) as db:
        size = one(db, "SELECT block_size * total_blocks FROM pragma_database_size()") + HEADERS
    if build.stat().st_size < size:
        os.truncate(build, size)


def _point(workspace: Workspace, build_id: str) -> None:
    """Let CURRENT name the build: from now on readers find it."""
    beside = workspace.current.with_name("CURRENT.tmp")
    beside.write_text(build_id + "\n", encoding="utf-8")
    _sync(beside)
    os.replace(beside, workspace.current)
    _sync(workspace.path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(workspace: Workspace, current: str) -> None:
    """Remove the oldest builds; a reader that has one open keeps it until it closes."""
    for build_id in workspace.build_ids()[int(number("keep_builds")) :]:
        if build_id != current:
            with contextlib.suppress(OSError):
                workspace.build(build_id).unlink()


def _disk_error(error: OSError, workspace: Workspace) -> UserError:
    needed = workspace.work_db.stat().st_size
    room = of_disk(error, workspace.builds)
    why = f"No room to publish {needed:,} bytes. {room}" if room else f"Publishing failed ({error.strerror})"
    return UserError(f"{why}. All work is kept; then run `python -m precompute run`.")
