"""What `precompute status --json` says of a workspace: its jobs, their parameters, and the files that were taken in."""

from typing import Any

import streamlit as st

from crowdselect.store import Workspace
from pages._ui.data_command import answer

SECONDS = 60


def status(workspace: Workspace) -> dict[str, Any]:
    """As of the newest build; asked again when there is a newer one."""
    return _asked(str(workspace.path), workspace.current_build())


def todo(found: dict[str, Any]) -> int:
    """How many outputs a plain run would make."""
    return sum(job["state"] in ("missing", "stale", "unfinished") for job in found["jobs"])


@st.cache_data(show_spinner="Asking what has run…", max_entries=8)
def _asked(path: str, build_id: str | None) -> dict[str, Any]:
    return answer(["status", "--json", "--workspace", path], SECONDS)
