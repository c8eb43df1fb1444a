"""The writer's database: opened with its tables and views, changed in transactions, stamped when it changes."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.schema import SCHEMA_VERSION, TABLES, VIEWS, metrics_view
from crowdselect.settings import setting
from crowdselect.store.failures import in_use, no_access, words
from crowdselect.store.shortage import of_disk, of_memory
from crowdselect.store.workspace import Workspace
from precompute.restore import restored, set_aside

Database = duckdb.DuckDBPyConnection


def open_database(workspace: Workspace) -> Database:
    """The work database, made when there is none. The caller holds the writer's lock.

    One that a kill left damaged is restored from the newest build and the log; one whose first write did not end is
    begun again. Raises UserError when the file is no database, or comes from a newer version.
    """
    clean_up(workspace)
    config: dict[str, Any] = {
        "memory_limit": setting("memory_limit"),
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    try:
        try:
            db = duckdb.connect(workspace.work_db, config=config)
        except duckdb.Error as error:
            if not restored(workspace, error) and not set_aside(workspace):
                raise
            db = duckdb.connect(workspace.work_db, config=config)
    except duckdb.Error as error:
        if of_disk(error, workspace.path) or of_memory(error):
            raise  # nothing is wrong with the file
        name = workspace.work_db.name
        raise (
            in_use(error, name)
            or no_access(error, name)
            or UserError(
                f"{workspace.work_db} cannot be opened ({words(error, workspace.work_db, name)});"
                " move it away and ingest again, or use another --workspace."
            )
        ) from None
    found = _schema_version(db)
    if found > SCHEMA_VERSION:
        db.close()
        raise UserError(
            f"{workspace.work_db} has schema version {found}, newer than {SCHEMA_VERSION}:"
            " update CrowdSelect, or use another --workspace."
        )
    if 0 < found < SCHEMA_VERSION:
        from precompute.migrate import keep_copy, migrate  # which comes to open transactions by way of this

        db.execute("CHECKPOINT")
        db.close()
        keep_copy(workspace, found)
        db = duckdb.connect(workspace.work_db, config=config)
        try:
            migrate(db, workspace, found)
        except BaseException:
            db.close()
            raise
    # Fewer, larger checkpoints: each rewrites the row groups that the log has touched.
    db.execute("SET wal_autocheckpoint = '128MB'")
    with transaction(db):
        db.execute(TABLES)
        db.execute(VIEWS)
        db.execute(metrics_view(*signal_names(db)))
        if found < SCHEMA_VERSION:
            set_meta(db, "schema_version", str(SCHEMA_VERSION))
    return db


@contextlib.contextmanager
def half_the_memory(db: Database) -> Iterator[None]:
    """For work beside which as much is held outside of DuckDB: texts on their way in, or what is left of them."""
    limit = setting("memory_limit")
    number = re.match(r"\s*([\d.]+)\s*([kKmMgGtT]i?[bB])\s*$", limit)
    if number:
        db.execute(f"SET memory_limit = '{float(number[1]) / 2:.3f}{number[2]}'")
    yield
    db.execute(f"SET memory_limit = '{limit}'")


def clean_up(workspace: Workspace) -> None:
    """Remove what a killed writer left half-written."""
    for folder in (workspace.path, workspace.builds, workspace.rejects, workspace.logs, workspace.downloads):
        for leftover in folder.glob("*.tmp") if folder.is_dir() else ():
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _schema_version(db: Database) -> int:
    """The version that the file was made with; 0 for a new one."""
    try:
        return int(one(db, "SELECT value FROM meta WHERE key = 'schema_version'") or 0)
    except duckdb.CatalogException:
        return 0


@contextlib.contextmanager
def transaction(db: Database) -> Iterator[None]:
    """Commit on success; on anything else, a stop signal included, nothing has happened."""
    db.execute("BEGIN")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # nothing to roll back when the signal came just after the commit
            db.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def registered(db: Database, **tables: pa.Table) -> Iterator[None]:
    """Arrow tables under their names, for as long as the block runs."""
    for name, table in tables.items():
        db.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            with contextlib.suppress(duckdb.Error):  # a failed transaction refuses this too, until it is rolled back
                db.unregister(name)


def touch(db: Database, *stamps: str) -> None:
    """Say that the content of these has changed. Call it inside the transaction that changes it."""
    for stamp in stamps:
        latest = one(db, "SELECT coalesce(max(stamp), 0) + 1 FROM stamps")
        db.execute("DELETE FROM stamps WHERE name = ?", [stamp])
        db.execute("INSERT INTO stamps VALUES (?, ?)", [stamp, latest])


def untouch(db: Database, stamp: str) -> None:
    """Say that what it stood for is gone."""
    db.execute("DELETE FROM stamps WHERE name = ?", [stamp])


def stamps(db: Database) -> dict[str, int]:
    """What is there, and the number of its latest change."""
    return dict(db.execute("SELECT name, stamp FROM stamps").fetchall())


def set_meta(db: Database, key: str, value: str) -> None:
    db.execute("DELETE FROM meta WHERE key = ?", [key])
    db.execute("INSERT INTO meta VALUES (?, ?)", [key, value])


def signal_names(db: Database) -> tuple[list[str], list[str]]:
    """The names of the attached and computed signals, sorted: those of instructions, and those of answers."""
    tables = ("instruction_signals", "answer_signals")
    queries = [f"SELECT DISTINCT name FROM {table} ORDER BY name" for table in tables]  # noqa: S608  constants
    of_instructions, of_answers = ([name for (name,) in db.execute(query).fetchall()] for query in queries)
    return of_instructions, of_answers


def one(db: Database, sql: str, params: Any = None) -> Any:
    """The first value of the first row; None without a row."""
    rows = db.execute(sql, params).fetchall()  # all of them: a result left open blocks the connection
    return rows[0][0] if rows else None


def utc_now() -> datetime:
    """The time in UTC, as the database stores it (without a zone)."""
    return datetime.now(UTC).replace(tzinfo=None)
