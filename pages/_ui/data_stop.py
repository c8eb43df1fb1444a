"""Stopping the workspace's writer. No process but that one is ever signalled."""

import os
import signal
import subprocess
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from pages._ui.jobs import progress


def stop(workspace: Workspace) -> None:
    """Asks the writer to end (SIGTERM): what it has committed stays, and the next run goes on from there.

    UserError where nothing runs, or where the process that the files name is not this workspace's writer.
    """
    pid = progress(workspace).pid
    if progress(workspace).state != "running":
        raise UserError("Nothing is running on this workspace any more.")
    handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None  # a number that is taken again is not signalled
    try:
        if _holder(workspace) != pid or not is_precompute(_command(pid)):
            raise UserError(f"Process {pid} is not the one that writes to {workspace.path}; it was not stopped.")
        if handle is not None:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
        else:
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        raise UserError("It had just ended.") from None
    except PermissionError:
        raise UserError(f"Process {pid} belongs to somebody else; only they can stop it.") from None
    finally:
        if handle is not None:
            os.close(handle)


def is_precompute(command: list[str]) -> bool:
    """Whether a process's words are `python … -m precompute COMMAND …`."""
    return any(
        (word == "-m" and following == "precompute") or word.endswith("precompute/__main__.py")
        for word, following in zip(command, [*command[1:], ""], strict=False)
    )


def _holder(workspace: Workspace) -> int | None:
    """The process that the workspace's lock names."""
    try:
        text = workspace.lock.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isascii() and text.isdigit() else None


def _command(pid: int) -> list[str]:
    """The words that a process was started with."""
    listed = Path(f"/proc/{pid}/cmdline")
    if listed.exists():
        return listed.read_bytes().decode(errors="replace").split("\0")
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
