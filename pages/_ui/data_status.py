"""What `precompute status --json` says of a workspace: its jobs, their parameters, and the files that were taken in."""

from typing import Any

import streamlit as st

from crowdselect.store import Workspace
from pages._ui.data_command import answer
from pages._ui.jobs import progress

SECONDS = 60


def status(workspace: Workspace) -> dict[str, Any]:
    """As of the newest build and the last command; asked again when there is a newer one, or one begins or ends."""
    now = progress(workspace)
    return _asked(str(workspace.path), workspace.current_build(), f"{now.pid} {now.state} {now.message}")


def todo(found: dict[str, Any]) -> list[str]:
    """What would bring each output up to date that is not, after `python -m precompute`; `run` is a plain run."""
    return [job["command"] for job in found["jobs"] if job["command"]]


@st.cache_data(show_spinner="Asking what has run…", max_entries=8)
def _asked(path: str, build_id: str | None, last: str) -> dict[str, Any]:
    return answer(["status", "--json", "--workspace", path], SECONDS)
