"""What every writing command shares: the session, the report, the publish at the end, and errors in one line."""

import contextlib
import errno
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from typer.exceptions import TyperException

from crowdselect.errors import UserError
from crowdselect.settings import setting
from crowdselect.store.workspace import Workspace
from crowdselect.terminal import complain
from precompute.database import Database, one
from precompute.progress import Report, reported, say
from precompute.publish import publish
from precompute.session import Stopped, log, log_path, writer

WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")]
NoPublishOption = Annotated[bool, typer.Option("--no-publish", help="Do not publish a build at the end.")]

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@dataclass(frozen=True)
class Command:
    """A command at work: the open database, its workspace, and who is told about the progress."""

    db: Database
    workspace: Workspace
    report: Report


@contextlib.contextmanager
def writing(path: Path | None, name: str, no_publish: bool) -> Iterator[Command]:
    """The workspace at `path`, open for the command `name`; what it has done is published when the block ends well.

    Failures that the report has collected are one UserError after that.
    """
    workspace = Workspace.of(path)
    try:
        with writer(workspace) as db, reported(workspace, name) as report:
            log.info("command %s", name)
            yield Command(db, workspace, report)
            if not no_publish:
                _publish(db, workspace)
                report.begun.clear()
            if report.failures:
                raise UserError("; ".join(report.failures))
    except (duckdb.OutOfMemoryException, MemoryError):
        log.exception("%s failed", name)
        limit = setting("memory_limit")
        raise UserError(
            f"More than {limit} of memory is needed; raise CROWDSELECT_MEMORY_LIMIT. What is committed stays."
        ) from None
    except (duckdb.Error, OSError) as error:
        if not isinstance(error, duckdb.IOException | OSError) and not _is_full(error):
            raise
        log.exception("%s failed", name)
        raise disk_error(error, workspace) from None


def _publish(db: Database, workspace: Workspace) -> None:
    if not one(db, "SELECT count(*) FROM instructions"):
        say("Nothing to publish: the workspace holds no instructions yet.")
        return
    build_id = publish(db, workspace)
    if build_id is None:
        say(f"Nothing has changed since build {workspace.current_build()}.")
    else:
        say(f"Published build {build_id} in {workspace.builds}.")


def disk_error(error: Exception, workspace: Workspace) -> UserError:
    """A failure to write or read, with the room that is left."""
    free = shutil.disk_usage(workspace.path).free
    reason = " ".join(str(error).split())[:200]
    what = "There is no room to write" if _is_full(error) else f"Reading or writing failed ({reason})"
    return UserError(
        f"{what} in {workspace.path}: {free:,} bytes are free. What is committed stays; make room, then run the"
        " same command again."
    )


def _is_full(error: Exception) -> bool:
    """Whether it was for want of room; DuckDB says so in a transaction's error too."""
    words = ("No space left", "File too large", "Disk quota")
    return getattr(error, "errno", None) in FULL or any(some in str(error) for some in words)


def run_main(app: Callable[..., Any], arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; its exit code: 0, 2 for a usage error, 1 for any other failure, with one line each."""
    try:
        return int(app(args=arguments, standalone_mode=False) or 0)
    except TyperException as error:
        return _usage(error)
    except UserError as error:
        log.error("%s", error)
        return _failed(str(error), 1)
    except Stopped as error:
        return _failed(f"Stopped by {error}; what is committed stays. Run the same command again to go on.", 1)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("Stopped.", 1)
    except Exception as error:
        log.exception("unexpected")
        where = f"; details in {log_path()}" if log_path() else ""
        return _failed(f"Unexpected {type(error).__name__}: {str(error)[:300]}{where}", 1)


def _usage(error: TyperException) -> int:
    """A usage error is a line too; a command without its subcommand shows its help."""
    message = getattr(error, "format_message", error.__str__)()
    code = int(getattr(error, "exit_code", 2))
    if "\n" in message.strip():
        print(message, file=sys.stderr)
        return code
    return _failed(message, code)


def _failed(message: str, code: int) -> int:
    complain(message, "precompute")
    return code
