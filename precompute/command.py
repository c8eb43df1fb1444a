"""What every writing command shares: the session, the report, the publish at the end, and errors in one line."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from typer.exceptions import TyperException

from crowdselect.errors import UserError
from crowdselect.memory import AT_WORK, too_little
from crowdselect.store.shortage import of_disk, of_memory
from crowdselect.store.workspace import Workspace
from crowdselect.terminal import complain
from precompute.database import Database, one
from precompute.progress import Report, reported, say
from precompute.publish import publish
from precompute.session import Stopped, log, log_path, writer

WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")]
NoPublishOption = Annotated[bool, typer.Option("--no-publish", help="Do not publish a build at the end.")]


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
    if why := too_little(AT_WORK):
        raise UserError(why)
    try:
        with writer(workspace) as db, reported(workspace, name) as report:
            log.info("command %s", name)
            yield Command(db, workspace, report)
            if not no_publish:
                _publish(db, workspace)
                report.begun.clear()
            if report.failures:
                raise UserError("; ".join(report.failures))
    except (duckdb.Error, MemoryError, OSError, RuntimeError) as error:
        shortage = of_memory(error)
        if shortage:
            log.exception("%s failed", name)
            raise UserError(f"{shortage} What is committed stays.") from None
        room = of_disk(error, workspace.path)
        if not room and not isinstance(error, duckdb.IOException | OSError):
            raise
        log.exception("%s failed", name)
        reason = room or f"Reading or writing in {workspace.path} failed ({' '.join(str(error).split())[:200]})"
        raise UserError(f"{reason}. What is committed stays; then run the same command again.") from None


def _publish(db: Database, workspace: Workspace) -> None:
    if not one(db, "SELECT count(*) FROM instructions"):
        say("Nothing to publish: the workspace holds no instructions yet.")
        return
    build_id = publish(db, workspace)
    if build_id is None:
        say(f"Nothing has changed since build {workspace.current_build()}.")
    else:
        say(f"Published build {build_id} in {workspace.builds}.")


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
