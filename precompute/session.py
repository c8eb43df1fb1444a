"""A writer's session in a workspace: folders, lock, log, clean stop, and the database that closes at its end."""

import contextlib
import logging
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from crowdselect.errors import UserError
from crowdselect.store.workspace import Workspace
from precompute.database import Database, open_database
from precompute.lock import writer_lock

log = logging.getLogger("precompute")
log.addHandler(logging.NullHandler())  # before a workspace is open there is nowhere to write, and errors are printed
log.propagate = False


class Stopped(BaseException):
    """A signal asked the writer to stop. Not an Exception, so that no job swallows it."""


class _Stop:
    """The signal that came, if one did: a library may turn the exception into one of its own."""

    name: str | None = None


@contextlib.contextmanager
def writer(workspace: Workspace) -> Iterator[Database]:
    """The open database of `workspace`, held alone. SIGINT and SIGTERM raise Stopped; what is committed stays."""
    try:
        for folder in (workspace.path, workspace.builds, workspace.rejects, workspace.logs):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{workspace.path} cannot be written ({error.strerror}); choose a directory with --workspace."
        ) from None
    with writer_lock(workspace), _stoppable():
        write_log(workspace)
        db = open_database(workspace)
        try:
            yield db
        finally:
            db.close()


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        _Stop.name = signal.Signals(number).name
        raise Stopped(_Stop.name)

    _Stop.name = None
    here = threading.current_thread() is threading.main_thread()  # Python hands signals to no other
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)} if here else {}
    try:
        yield
    except Exception as error:
        if _Stop.name:
            raise Stopped(_Stop.name) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _LogFile(logging.FileHandler):
    """A log that cannot be written, on a full disk, is no reason to show a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        return


def write_log(workspace: Workspace) -> None:
    """From here on, `log` writes to the workspace's logs/precompute.log."""
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    handler = _LogFile(workspace.logs / "precompute.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def log_path() -> str | None:
    """Where the details of a failure stand; None before a workspace was opened."""
    return next((handler.baseFilename for handler in log.handlers if isinstance(handler, logging.FileHandler)), None)
