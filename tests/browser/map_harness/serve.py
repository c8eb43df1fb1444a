"""The harness on a free port of this machine, over a workspace."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.browser.server import ROOT, _wait, free_port

APP = Path(__file__).parent / "app.py"


@contextlib.contextmanager
def serving_map(workspace: Path, log: Path) -> Iterator[str]:
    """As `serving`, for the page with one map."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    environment = {**os.environ, "CROWDSELECT_WORKSPACE": str(workspace)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
