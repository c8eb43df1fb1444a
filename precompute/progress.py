"""What the writer is doing: a bar for who waits, and logs/progress.json for who looks from elsewhere."""

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from crowdselect.pace import pace
from crowdselect.store.workspace import Workspace
from crowdselect.terminal import plain
from precompute.begun import Begun
from precompute.session import log

INTERVAL = 0.2  # seconds between two writes of the file


def say(line: str) -> None:
    """A line of the command's result, on standard output and in the log."""
    print(plain(line), flush=True)
    log.info("%s", plain(line))


class Report:
    """Follows one command through its steps; each step has a name, a total (None where unknown) and a bar."""

    def __init__(self, workspace: Workspace, command: str) -> None:
        self.workspace, self.path = workspace, workspace.progress
        self.begun = Begun(workspace)
        self.failures: list[str] = []  # of which nothing came, while the rest of the command went on
        self.state: dict[str, Any] = {"pid": os.getpid(), "command": command, "job": None, "output": None}
        self.state |= {"done": 0, "total": None, "rate": None, "eta_s": None, "started": _now(), "step": 0, "steps": 1}
        self.state |= {"message": "", "state": "running"}
        self.written = 0.0

    @contextlib.contextmanager
    def step(self, job: str, output: str, total: int | None, done: int = 0, unit: str = "rows") -> Iterator["Step"]:
        """One step: its bar is shown until the block ends."""
        self.state |= {"job": job, "output": output, "step": self.state["step"] + 1, "message": ""}
        self.state["steps"] = max(self.state["steps"], self.state["step"])
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not Console(stderr=True).is_terminal,
        )
        with bar:
            yield Step(self, bar, plain(f"{job} {output}".strip()), total, done, unit)

    def steps(self, count: int) -> None:
        """How many steps are still to come."""
        self.state["steps"] = self.state["step"] + count

    def end(self, state: str, message: str = "") -> None:
        """The command is over: state done | failed."""
        self.state |= {"state": state, "message": message}
        self.write(force=True)

    def write(self, force: bool = False) -> None:
        """Rewrite the file, at most once in INTERVAL. A full disk must not stop the work it reports."""
        if not force and time.monotonic() - self.written < INTERVAL:
            return
        self.written = time.monotonic()
        beside = self.path.with_name(self.path.name + ".tmp")
        with contextlib.suppress(OSError):
            beside.write_bytes(orjson.dumps(self.state))
            os.replace(beside, self.path)


class Step:
    """The progress of one step."""

    def __init__(self, report: Report, bar: Progress, name: str, total: int | None, done: int, unit: str) -> None:
        self.report, self.bar, self.unit = report, bar, unit
        self.began, self.first, self.done, self.total = time.monotonic(), done, done, total
        self.task = bar.add_task(name, total=total, completed=done, rate="")
        self._tell(force=True)

    def at(self, done: int) -> None:
        """So much is done in all."""
        self.done = done
        self._tell()

    def advance(self, rows: int) -> None:
        self.at(self.done + rows)

    def _tell(self, force: bool = False) -> None:
        seconds = time.monotonic() - self.began
        rate = (self.done - self.first) / seconds if self.done > self.first and seconds > 0 else None
        left = (self.total - self.done) / rate if rate and self.total is not None else None
        self.bar.update(self.task, completed=self.done, rate=pace(rate, self.unit) if rate else "")
        self.report.state |= {"done": self.done, "total": self.total, "rate": rate, "eta_s": left}
        self.report.write(force)


@contextlib.contextmanager
def reported(workspace: Workspace, command: str) -> Iterator[Report]:
    """A Report whose file says at the end whether the command was done or failed, and why."""
    report = Report(workspace, command)
    try:
        yield report
    except BaseException as error:
        report.end("failed", plain(str(error))[:500] or type(error).__name__)
        raise
    report.end("done")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
