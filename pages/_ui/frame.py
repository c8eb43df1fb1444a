"""The frame of every page that shows a selection: what is drawn before it, and what stands in its place."""

from collections.abc import Callable

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import note_ignored, remember_address, show_address
from pages._ui.controls import sidebar
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded
from pages._ui.filter_bar import filter_bar
from pages._ui.header import header
from pages._ui.workspace import current, drawn_for

Part = Callable[[Build, Pool], None]


def selection_page(page: Part, *, beside: Part | None = None, open_sidebar: bool = False) -> None:
    """Draws `page` below one line that says which data, which filters, and the way back; `beside` ends that line."""
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
    drawn_for(build)
    remember_address()
    notes = st.container()
    sidebar(pool)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="line"):
            header(build, pool)
            filter_bar(build, pool)
        if beside is not None:
            with guarded():
                beside(build, pool)
    with guarded():
        page(build, pool)
    with notes:
        note_ignored()
    show_address()
