"""A published build, opened so that no statement can write, reach a file or run for ever."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.schema import SCHEMA_VERSION
from crowdselect.settings import number, setting
from crowdselect.store.workspace import Workspace

REMEDY = "run `python -m precompute run` to publish a new build."


@dataclass(frozen=True)
class Build:
    """A read-only database of one workspace. Safe to share between threads: every query has its own cursor."""

    id: str
    path: Path
    warning: str | None = None  # why this is not the build that CURRENT names
    _connection: duckdb.DuckDBPyConnection = field(repr=False, default=None)  # type: ignore[assignment]

    def query(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The rows of one statement. Raises UserError when it takes longer than the setting `query_seconds`."""
        seconds = number("query_seconds")
        cursor = self._connection.cursor()
        timer = threading.Timer(seconds, cursor.interrupt)
        timer.start()
        try:
            return cursor.sql(sql, params=list(params) or None).to_arrow_table()
        except duckdb.InterruptException:
            raise UserError(
                f"A query was stopped after {seconds:g} s; narrow it, or raise CROWDSELECT_QUERY_SECONDS."
            ) from None
        except duckdb.OutOfMemoryException:
            limit = setting("memory_limit")
            raise UserError(f"A query needs more than {limit} of memory; raise CROWDSELECT_MEMORY_LIMIT.") from None
        except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
            raise UserError(f"Build {self.id} ({self.path}) is damaged ({_brief(error)}); {REMEDY}") from None
        finally:
            timer.cancel()
            cursor.close()

    def meta(self) -> dict[str, str]:
        """The build's own notes (schema_version, synthetic …)."""
        table = self.query("SELECT key, value FROM meta")
        return dict(zip(table["key"].to_pylist(), table["value"].to_pylist(), strict=True))

    def digests(self) -> dict[str, str]:
        """Content digest of each table, and `dataset` over all of them."""
        table = self.query("SELECT name, digest FROM digests ORDER BY name")
        return dict(zip(table["name"].to_pylist(), table["digest"].to_pylist(), strict=True))

    def close(self) -> None:
        self._connection.close()


def open_build(workspace: Workspace, build_id: str | None = None) -> Build:
    """The named build, else the one that CURRENT names, else (damaged) the newest that opens, with a `warning`."""
    wanted = build_id or workspace.current_build()
    if wanted is None:
        raise UserError(f"{workspace.path} holds no build yet: run `python -m precompute demo`, or `ingest` your data.")
    try:
        return _open(workspace, wanted, None)
    except UserError as error:
        if build_id is not None:
            raise
        for other in workspace.build_ids():
            if other != wanted:
                try:
                    return _open(workspace, other, f"{error} Showing build {other} instead.")
                except UserError:
                    continue
        raise


def _open(workspace: Workspace, build_id: str, warning: str | None) -> Build:
    path = workspace.build(build_id)
    if not path.is_file():
        raise UserError(f"Build {build_id} ({path}) is missing; {REMEDY}")
    config: dict[str, Any] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": setting("memory_limit"),
    }
    try:
        connection = duckdb.connect(path, read_only=True, config=config)
        # a file that this process has open already is one database, and its configuration is locked
        if not connection.sql("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
            connection.execute("SET lock_configuration = true")
        version = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        blocks = connection.execute("SELECT block_size * total_blocks FROM pragma_database_size()").fetchone()
    except duckdb.Error as error:
        raise UserError(f"Build {build_id} ({path}) cannot be read ({_brief(error)}); {REMEDY}") from None
    if blocks is None or path.stat().st_size < blocks[0]:
        connection.close()
        raise UserError(f"Build {build_id} ({path}) has been cut short; {REMEDY}")
    if version is None or int(version[0]) != SCHEMA_VERSION:
        connection.close()
        found = version[0] if version else "none"
        raise UserError(f"Build {build_id} has schema version {found}, not {SCHEMA_VERSION}; {REMEDY}")
    return Build(build_id, path, warning, connection)


def _brief(error: Exception) -> str:
    """The first line of DuckDB's own words."""
    return str(error).splitlines()[0][:200]
