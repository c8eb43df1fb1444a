"""The earlier versions of a saved recipe: when each was saved, what it said differently, and the way back to it."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from crowdselect.recipe import Recipe
from crowdselect.recipe_changes import changes
from crowdselect.store.recipe_history import history
from pages._ui.text import literal
from pages._ui.workspace import workspace

SHOWN = 6  # versions
LONGEST = 240  # characters of a difference


def history_list(name: str, now: Recipe | None, restore: Callable[[str, str], None]) -> None:
    """Each version above the one before it, with what was changed after it; `restore(name, version)` takes one back."""
    versions = history(workspace(), name)
    if not versions:
        st.caption("No earlier version yet: saving under the same name keeps the old one.")
        return
    st.markdown("**Earlier versions**", help="Restoring keeps the present one among them.")
    after = now
    for version in versions[:SHOWN]:
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small",
            key=f"version_{name}_{version.id}",
        ):  # fmt: skip
            with st.container(gap=None, width="stretch"):
                st.caption(f"{_when(version.saved)}  \n{literal(_then(version.recipe, after), LONGEST)}")
            st.button(
                "Restore", key=f"restore_{name}_{version.id}", icon=":material/history:", on_click=restore,
                args=(name, version.id), disabled=version.recipe is None,
                help="Makes this version the saved one. Load it then to set the controls.",
            )  # fmt: skip
        after = version.recipe
    if len(versions) > SHOWN:
        st.caption(f"and {len(versions) - SHOWN} older, in the folder recipes/{literal(name)}.history")


def _then(before: Recipe | None, after: Recipe | None) -> str:
    """What was changed when the next version was saved."""
    if before is None:
        return "Cannot be used: its file is damaged."
    if after is None:
        return "What came after it cannot be used."
    return "Then " + ("; ".join(changes(before, after)) or "only its name") + "."


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
