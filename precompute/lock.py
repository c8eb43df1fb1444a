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
                pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
                raise UserError(
                    f"Process {pid} is writing to {workspace.path}: wait until it is done, or stop it (kill {pid})."
                ) from None
            time.sleep(0.02)


def writer_pid(workspace: Workspace) -> int | None:
    """The process that writes to this workspace now, None when there is none."""
    try:
        descriptor = os.open(workspace.lock, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(descriptor)
