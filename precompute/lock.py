"""One writer a workspace: a lock file that the kernel frees when its holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crowdselect.errors import UserError
from crowdselect.store.workspace import Workspace

PATIENCE = 0.5  # seconds: long enough to outlast a look by `status`, short enough to fail at once


@contextmanager
def writer_lock(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock; a UserError names the process that holds it already."""
    descriptor = os.open(workspace.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, workspace)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, workspace: Workspace) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UserError(_busy(_holder(descriptor), workspace)) from None
            time.sleep(0.02)


def _holder(descriptor: int) -> int | None:
    """The process that wrote its number into the lock file; None where it has not come to that yet."""
    text = os.pread(descriptor, 20, 0).strip()
    return int(text) if text.isdigit() else None


def _busy(pid: int | None, workspace: Workspace) -> str:
    who, stop = (f"Process {pid}", f", or stop it (kill {pid})") if pid else ("Another process", "")
    return f"{who} is writing to {workspace.path}: wait until it is done{stop}."


def writer_pid(workspace: Workspace) -> int | None:
    """The process that writes to this workspace now, None when there is none."""
    try:
        descriptor = os.open(workspace.lock, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)
