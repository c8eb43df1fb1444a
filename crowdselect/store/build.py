"""A published build, opened so that no statement can write, reach a file or run for ever."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.schema import SCHEMA_VERSION
from crowdselect.settings import number, setting
from crowdselect.store.failures import MISFIT, DamagedError, UnusableError, in_use, missing_part, no_access, words
from crowdselect.store.shortage import of_memory
from crowdselect.store.workspace import Workspace

REMEDY = "run `python -m precompute run` to publish a new build."


@dataclass(frozen=True)
class Build:
    """A read-only database of one workspace. Safe to share between threads: every query has its own cursor."""

    id: str
    path: Path
    warning: str | None = None  # why this is not the build that CURRENT names
    _connection: duckdb.DuckDBPyConnection = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """The build and its file, as the workspace knows them."""
        return f"Build {self.id} (builds/{self.path.name})"

    def query(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The rows of one statement.

        Raises UserError when it takes longer than the setting `query_seconds` or more than `memory_limit`, and
        DamagedError where the file does not hold what was written.
        """
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
        except (duckdb.Error, MemoryError, *MISFIT) as error:
            raise self.failure(error) from None
        finally:
            timer.cancel()
            cursor.close()

    @contextlib.contextmanager
    def whole(self) -> Iterator[None]:
        """For code that relies on what a whole build holds: a misfit inside is damage of the file, and said as such."""
        try:
            yield
        except MISFIT as error:
            raise self.failure(error) from None

    def failure(self, error: Exception) -> UserError:
        """The failure to raise where reading this build failed with `error`: for want of memory, or its damage."""
        if shortage := of_memory(error):
            return UserError(shortage)
        what = "lacks a table or column" if missing_part(error) else "is damaged"
        return DamagedError(f"{self.name} {what} ({words(error, self.path, f'builds/{self.path.name}')}); {REMEDY}")

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


def open_file(workspace: Workspace, build_id: str) -> Build:
    """The build `build_id` itself. UserError where it is missing, locked, damaged, or of a schema not known here."""
    if build_id not in workspace.build_ids():
        there = ", ".join(workspace.build_ids()) or "none"
        raise UnusableError(f"Build {build_id[:40]} is missing (there: {there}); {REMEDY}")
    path = workspace.build(build_id)
    config: dict[str, Any] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": setting("memory_limit"),
    }
    build = Build(build_id, path)
    try:
        build = Build(build_id, path, None, duckdb.connect(path, read_only=True, config=config))
        _check(build)
    except (duckdb.Error, OSError, UserError) as error:
        if build._connection is not None:
            build.close()
        if isinstance(error, UserError):
            raise
        raise in_use(error, build.name) or no_access(error, build.name) or build.failure(error) from None
    return build


def _check(build: Build) -> None:
    """Locks the configuration, and looks at what can be told without reading the tables: length and schema."""
    connection = build._connection
    # a file that this process has open already is one database, and its configuration is locked
    if not connection.sql("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
        connection.execute("SET lock_configuration = true")
    blocks = connection.execute("SELECT block_size * total_blocks FROM pragma_database_size()").fetchone()
    if blocks is None or build.path.stat().st_size < blocks[0]:
        raise DamagedError(f"{build.name} has been cut short; {REMEDY}")
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    version = str(row[0]) if row else "none"
    if not version.isdecimal() or int(version[:9]) not in range(1, SCHEMA_VERSION + 1):
        newer = version.isdecimal() and int(version[:9]) > SCHEMA_VERSION
        remedy = f"newer than {SCHEMA_VERSION}: update CrowdSelect." if newer else f"which is unknown here; {REMEDY}"
        raise DamagedError(f"{build.name} has schema version {version[:40]}, {remedy}")
