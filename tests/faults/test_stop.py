"""Ctrl-C and SIGTERM: one line, exit code 1, and nothing that was committed is lost."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from crowdselect.store import Workspace
from tests.faults.work import dump, finish, ingest_in_small_chunks, start
from tests.unit.workspaces import write_long

pytestmark = pytest.mark.slow

STOPS = 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_stopped_run_goes_on(number: signal.Signals, tmp_path: Path) -> None:
    file = write_long(tmp_path / "pool.jsonl", 150)
    clean = Workspace(tmp_path / "clean")
    span = finish(ingest_in_small_chunks, [str(file), str(clean.path)])
    rng, stopped = random.Random(3), 0
    for nth in range(STOPS):
        workspace = Workspace(tmp_path / f"w{nth}")
        output = tmp_path / f"out{nth}"
        process = start(ingest_in_small_chunks, [str(file), str(workspace.path)], str(output))
        time.sleep(rng.uniform(0.2, 0.9) * span)
        if process.is_alive() and process.pid is not None and workspace.lock.exists():
            os.kill(process.pid, number)
        process.join(60)
        words = output.read_text()
        assert "Traceback" not in words
        assert process.exitcode in (0, 1), words
        if process.exitcode:
            stopped += 1
            assert f"Stopped by {number.name}" in words.splitlines()[-1]
        finish(ingest_in_small_chunks, [str(file), str(workspace.path)])
        assert dump(workspace) == dump(clean)
    assert stopped > STOPS / 4
