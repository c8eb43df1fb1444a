"""The frame of every page that shows a selection: what is drawn before it, and what stands in its place."""

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import as_it_comes, moved, note_ignored, remember_address, show_address
from pages._ui.constraints_said import say_what_binds
from pages._ui.controls import sidebar
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded, show_text_error
from pages._ui.filter_bar import filter_bar
from pages._ui.header import header
from pages._ui.made_on import follow_link, name_data, say_other_data
from pages._ui.notes import say_notes
from pages._ui.recipe import recipe, recipe_key
from pages._ui.workspace import current, drawn_for, selected

Part = Callable[[Build, Pool], None]
_AGAIN = "_drawn_again"
# Seconds that `first` has to itself when the app is opened: a browser draws in one go all that has come meanwhile.
ALONE = 0.32


def selection_page(
    page: Part, *, first: Part | None = None, beside: Part | None = None, open_sidebar: bool = False
) -> None:
    """Draws `page` below one line that says which data and which filters, beside the sidebar of choices.

    `beside` ends that line. `first` stands above the rest of the page and is sent before all of it, the sidebar too.
    """
    found = current()
    if found is None:
        empty_workspace()
        return
    build, pool = found
    if not len(pool) or not pool.scores:
        header(build, pool)
        nothing_to_choose(pool)
        return
    st.set_page_config(initial_sidebar_state="expanded" if open_sidebar else "collapsed")
    if not open_sidebar:
        st.sidebar.container()  # so that its button stands in the bar before its widgets come
    fresh = as_it_comes()
    known = (drawn_for(build) or fresh) and not moved()
    remember_address()
    follow_link(build, pool)
    notes = st.container()
    line = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key="line"
    )
    with line:  # as high as it will be, while it waits
        facts = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
    top = st.container()  # no st.empty: a browser that draws before it is filled would make a map in it anew
    wrong = _wrong(build, pool) if first and known else None
    early = _drawn(top, first, build, pool, wrong) if first and known else None
    waits = known and not open_sidebar  # a closed sidebar is drawn when all else is
    if first and fresh and waits:
        time.sleep(ALONE)
    if not waits:
        sidebar(pool)
    with facts:
        header(build, pool)
        filter_bar(build, pool)
    if wrong is None:
        wrong = _wrong(build, pool)
    if beside is not None and not wrong:
        with line, guarded():
            beside(build, pool)
    if first and not known:
        _drawn(top, first, build, pool, wrong)
    elif first and not waits:
        _once_more(early, pool)
    if wrong:
        show_text_error(wrong)
    else:
        with guarded():
            page(build, pool)
    if waits:
        drawn = recipe_key(pool)
        sidebar(pool)
        _once_more(drawn, pool)
    with notes:
        say_other_data()
        say_notes(build, pool)
        say_what_binds(build, pool)
        note_ignored()
    name_data(build, pool)
    show_address()


def _drawn(place: DeltaGenerator, part: Part, build: Build, pool: Pool, wrong: str | None) -> str | None:
    """Draws `part` there, where nothing is wrong; the key of the recipe that it went by."""
    if not wrong:
        with place, guarded():
            part(build, pool)
    return recipe_key(pool)


def _wrong(build: Build, pool: Pool) -> str:
    """Why the choices make no selection, and what to do; empty where they make one. The whole page says it once."""
    try:
        selected(build, pool, recipe(pool))
    except UserError as error:
        return str(error)
    except Exception:
        return ""  # what fails by surprise fails in each part, which logs and says it; the sidebar stays
    return ""


def _once_more(drawn: str | None, pool: Pool) -> None:
    """After the sidebar: a widget may not have kept what it held, and what went by that is drawn again, one time."""
    again = st.session_state.pop(_AGAIN, False)
    if again or recipe_key(pool) == drawn:
        return
    st.session_state[_AGAIN] = True
    st.rerun()
