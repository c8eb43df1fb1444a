"""What `precompute status --json` says of a workspace: its jobs, their parameters, and the files that were taken in."""

import json
import os
import subprocess
import sys
from typing import Any

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.settings import ROOT
from crowdselect.store import Workspace

SECONDS = 60


def status(workspace: Workspace) -> dict[str, Any]:
    """As of the newest build; asked again when there is a newer one."""
    return _asked(str(workspace.path), workspace.current_build())


def todo(found: dict[str, Any]) -> int:
    """How many outputs a plain run would make."""
    return sum(job["state"] in ("missing", "stale", "unfinished") for job in found["jobs"])


@st.cache_data(show_spinner="Asking what has run…", max_entries=8)
def _asked(path: str, build_id: str | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "precompute", "status", "--json", "--workspace", path]
    try:
        done = subprocess.run(  # noqa: S603  a fixed program
            command, cwd=ROOT, env=os.environ, capture_output=True, timeout=SECONDS, check=False
        )
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        raise UserError(f"`precompute status` did not answer within {SECONDS} s; reload the page.") from None
    except ValueError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(said[-1][:500] if said else "`precompute status` failed; try it on the command line.") from None
