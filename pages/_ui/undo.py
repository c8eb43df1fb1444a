"""The way back: every recipe that the choices have made in this session, one step a change."""

import time

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from pages._ui.apply import apply_recipe

PAUSE = 1.5  # seconds: a slider's quick moves are one step
MOST = 100
_PAST, _FUTURE, _NOW, _WHEN = "_past", "_future", "_now", "_changed"


def remember(recipe: Recipe) -> None:
    """Call on every run, when the choices are known."""
    state = st.session_state
    before: Recipe | None = state.get(_NOW)
    if before == recipe:
        return
    state[_NOW] = recipe
    if before is None:
        return
    moment = time.monotonic()
    quick = moment - state.get(_WHEN, 0.0) < PAUSE and state.get(_PAST)
    state[_WHEN] = moment
    if not quick:
        state[_PAST] = [*state.get(_PAST, []), before][-MOST:]
    state[_FUTURE] = []


def undo_buttons(pool: Pool) -> None:
    """One step back, one step forth."""
    past, future = st.session_state.get(_PAST, []), st.session_state.get(_FUTURE, [])
    st.button(
        "Undo", key="undo", icon=":material/undo:", on_click=_step, args=(pool, _PAST, _FUTURE), disabled=not past,
        width="stretch", help="Take back the last change of a choice or a filter.",
    )  # fmt: skip
    st.button(
        "Redo", key="redo", icon=":material/redo:", on_click=_step, args=(pool, _FUTURE, _PAST), disabled=not future,
        width="stretch", help="Make the change again that was taken back.",
    )  # fmt: skip


def _step(pool: Pool, from_: str, to: str) -> None:
    """A button's callback: the last recipe of one list, and the present one onto the other."""
    state = st.session_state
    steps: list[Recipe] = state.get(from_, [])
    if not steps:
        return
    state[to] = [*state.get(to, []), state[_NOW]][-MOST:]
    state[_NOW], state[from_] = steps[-1], steps[:-1]
    state[_WHEN] = 0.0
    apply_recipe(state[_NOW], pool)
