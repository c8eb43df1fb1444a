"""Work beside the app: one process at a time, which outlives the browser's tab and the server."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from pydantic import BaseModel, ConfigDict, ValidationError

from crowdselect.settings import ROOT
from crowdselect.store import Workspace

STOPPED = "The job was stopped before its end. Start it again: it goes on where it was."


class Progress(BaseModel):
    """What the writer of a workspace last said of itself, in its file `logs/progress.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["idle", "starting", "running", "done", "failed"]
    message: str = ""
    pid: int = 0
    command: str = ""
    job: str | None = None
    output: str | None = None
    step: int = 0
    steps: int = 0
    done: int = 0
    total: int | None = None
    rate: float | None = None
    eta_s: float | None = None

    @property
    def share(self) -> float:
        """How much of the whole is done, 0 to 1: the finished steps and the part of the current one."""
        within = self.done / self.total if self.total else 0.0
        return min(1.0, (max(self.step - 1, 0) + within) / self.steps) if self.steps else min(1.0, within)


def progress(workspace: Workspace) -> Progress:
    """The state of the workspace's writer, from its progress file and whether its process lives."""
    mine = _started().get(str(workspace.path))
    said = _read(workspace.progress, since=mine.at if mine else 0.0)
    if said and said.state == "running" and not _alive(said.pid):
        return Progress(state="failed", message=STOPPED)
    if said:
        return said
    if mine is None:
        return Progress(state="idle")
    code = mine.process.poll()
    if code is None:
        return Progress(state="starting")
    why = _last_line(mine.log) or f"The job ended with exit code {code}."
    return Progress(state="failed", message=why) if code else Progress(state="done")


def start(workspace: Workspace, arguments: Sequence[str]) -> bool:
    """Runs `python -m precompute ARGUMENTS` on the workspace; False where something runs there already."""
    with _LOCK:
        if progress(workspace).state in ("starting", "running"):
            return False
        workspace.logs.mkdir(parents=True, exist_ok=True)
        log = workspace.logs / f"{arguments[0]}.log"
        command = [sys.executable, "-m", "precompute", *arguments, "--workspace", str(workspace.path)]
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  a fixed program
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _started()[str(workspace.path)] = _Started(process, time.time(), log)
        return True


@dataclass(frozen=True)
class _Started:
    process: subprocess.Popen[bytes]
    at: float
    log: Path


_LOCK = threading.RLock()


@st.cache_resource(show_spinner=False)
def _started() -> dict[str, _Started]:
    """Workspace -> the process that this server started there last."""
    return {}


def _read(file: Path, since: float) -> Progress | None:
    """The progress file; None where there is none, it makes no sense, or it is of a run before `since`."""
    try:
        return Progress.model_validate_json(file.read_bytes()) if file.stat().st_mtime >= since else None
    except (OSError, ValidationError):
        return None


def _alive(pid: int) -> bool:
    """Whether that process lives; one that ended but is not yet collected counts as ended."""
    for started in _started().values():
        if started.process.pid == pid:
            return started.process.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):
        return True
    return pid > 0


def _last_line(log: Path) -> str:
    """What a failed command said: its last line."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:500]
