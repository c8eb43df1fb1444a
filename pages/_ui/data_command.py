"""A command line of ours that answers in JSON, asked from a page: it validates, so that the page need not."""

import json
import os
import subprocess
import sys
from typing import Any

from crowdselect.errors import UserError
from crowdselect.settings import ROOT


def answer(words: list[str], seconds: float) -> dict[str, Any]:
    """What `python -m precompute WORDS` prints. UserError with its last line where it fails, or takes too long."""
    command = [sys.executable, "-m", "precompute", *words]
    what = f"`precompute {words[0]}`"
    try:
        done = subprocess.run(  # noqa: S603  a fixed program
            command, cwd=ROOT, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"{what} did not answer within {seconds:g} s; try it on the command line.") from None
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        line = said[-1].removeprefix("precompute: ")[:500] if said else f"{what} failed; try it on the command line."
        raise UserError(line) from None
