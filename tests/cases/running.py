"""Runs a case: its folder is copied, and its `cmd` is run by the real command line in a fresh workspace."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from crowdselect.store import Workspace

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = "8611"  # what the cases call their server's port
SHELL = """
python() { "$PYTHON" "$@"; }
hold() { exec 3< <("$PYTHON" hold.py "$@" 2>/dev/null); read -r _ <&3; }
"""
# `hold.py` keeps a database open until its case is over; the shell goes on as soon as it says so, not after a while.
REWRITTEN = ((r"python fake\.py &", ""), (r"python hold\.py (.*?) & sleep \d+", r"hold \1"))


@dataclass
class Ran:
    """What a case came to."""

    code: int  # the last command's
    said: str  # standard output and standard error, in the order in which they came
    out: Path
    workspace: Workspace
    calls: dict[str, int]  # that its server has had, by model

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the newest build answers; nothing where there is none."""
        build = self.workspace.current_build()
        if build is None:
            return []
        with duckdb.connect(self.workspace.build(build), read_only=True) as db:
            return db.execute(sql).fetchall()

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of a file that the case wrote."""
        return [json.loads(line) for line in (self.out / name).read_bytes().splitlines()]

    def reads(self) -> dict[str, tuple[int, int]]:
        """How many records of each file were kept and rejected, as `ingest` said; read is the sum of the two."""
        found = re.findall(r"^(\S+): read ([\d,]+) = kept ([\d,]+) \+ rejected ([\d,]+)", self.said, re.M)
        numbers = {name: [int(each.replace(",", "")) for each in rest] for name, *rest in found}
        assert all(read == kept + rejected for read, kept, rejected in numbers.values())
        return {name: (kept, rejected) for name, (_, kept, rejected) in numbers.items()}

    def rejects(self) -> list[dict[str, Any]]:
        """What stands in the files below `rejects/`."""
        files = sorted(self.workspace.rejects.glob("*"))
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def run_case(case: Path, folder: Path, also: str = "") -> Ran:
    """Runs the case's commands, then those of `also`, in a copy of it below `folder`."""
    here, workspace, out, port = folder / "case", folder / "workspace", folder / "out", _free_port()
    shutil.copytree(case, here)
    out.mkdir()
    for file in [*here.glob("*.py"), *here.glob("*.yaml"), here / "cmd"]:
        file.write_text(file.read_text().replace(PORT, str(port)))
    commands = f"{(here / 'cmd').read_text()}\n{also}"
    for pattern, instead in (*REWRITTEN, (r"\bWS\b", str(workspace)), (r"\bOUT\b", str(out))):
        commands = re.sub(pattern, instead, commands)
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    with _server(here / "fake.py", port) as address:
        shell = subprocess.Popen(
            ["bash", "-c", SHELL + commands], cwd=here, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, _ = shell.communicate(timeout=300)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        return Ran(shell.returncode, said, out, Workspace.of(workspace), _calls(address) if address else {})


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def _server(program: Path, port: int) -> Iterator[str | None]:
    """The case's own server while it runs; None where it has none."""
    if not program.is_file():
        yield None
        return
    address = f"http://127.0.0.1:{port}/"
    server = subprocess.Popen([sys.executable, str(program)])
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                _calls(address)
                break
            time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()


def _calls(address: str) -> dict[str, int]:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  our own server
        found: dict[str, int] = json.load(answer)
    return found
