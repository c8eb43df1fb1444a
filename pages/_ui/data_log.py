"""What the workspace's writers wrote to their log: its last lines, and what the latest import came to."""

import os
import re
from dataclasses import dataclass

from crowdselect.store import Workspace

LINE = re.compile(r"\d{4}-\d\d-\d\d (?P<time>\d\d:\d\d:\d\d),\d{3} (?P<pid>\d+) (?:INFO|WARNING|ERROR) (?P<text>.*)")
RESULT = re.compile(r".*: read ([\d,]+) = kept ([\d,]+) \+ rejected ([\d,]+)(?: \(see .*\))?")
TAIL = 32_000  # bytes of the log that are read


@dataclass(frozen=True)
class Line:
    """A line, the time of day at which it was written, and the process that wrote it."""

    time: str
    pid: int
    text: str


def log_lines(workspace: Workspace) -> list[Line]:
    """The log's end, oldest first. The details of a failure, which are many lines, are left out."""
    try:
        with (workspace.logs / "precompute.log").open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    found = [LINE.fullmatch(line) for line in text.splitlines()]
    return [
        Line(each["time"], int(each["pid"]), each["text"]) for each in found if each and each["text"] != "unexpected"
    ]


def import_counts(workspace: Workspace, pid: int) -> tuple[int, int, int] | None:
    """(read, kept, rejected) of the import that process `pid` made: its last line that says so is the total."""
    found = [RESULT.fullmatch(line.text) for line in log_lines(workspace) if line.pid == pid]
    last = next((each for each in reversed(found) if each), None)
    return (_number(last[1]), _number(last[2]), _number(last[3])) if last else None


def _number(text: str) -> int:
    return int(text.replace(",", ""))
