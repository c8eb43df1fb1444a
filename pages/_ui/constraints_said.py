"""What the constraints keep the selection from: a sentence above it; and the buttons that pin or ban a row."""

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.constraints import ban, constraints, pin, release
from pages._ui.recipe import recipe
from pages._ui.text import show_sentence
from pages._ui.workspace import selected, why_fewer


def say_what_binds(build: Build, pool: Pool) -> None:
    """Which constraint makes the selection shorter than was asked for; nothing where none does."""
    if not constraints():
        return
    try:
        wanted = recipe(pool)
        why = why_fewer(build, pool, wanted) if len(selected(build, pool, wanted)) < wanted.select.size else ""
    except UserError:
        return  # the page itself says it
    if why:
        st.info("The constraints leave fewer rows than asked for", icon=":material/rule:")
        show_sentence(why)


def pin_buttons(uuid: str) -> None:
    """In whatever its rank, out whatever its rank, or neither."""
    now = constraints()
    pinned, banned = uuid in now.pinned, uuid in now.banned
    st.button(
        "Unpin" if pinned else "Pin", key="pin", icon=":material/keep_off:" if pinned else ":material/keep:",
        on_click=release if pinned else pin, args=(uuid,), type="primary" if pinned else "tertiary",
        help="A pinned row is in the selection whatever its rank, and in the recipe. Tune lists them.",
    )  # fmt: skip
    st.button(
        "Unban" if banned else "Ban", key="ban", icon=":material/block:",
        on_click=release if banned else ban, args=(uuid,), type="primary" if banned else "tertiary",
        help="A banned row is never in the selection. Tune lists them.",
    )  # fmt: skip
