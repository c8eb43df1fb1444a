"""Tune: weigh the metrics at the left, watch the selection follow, download it."""

import streamlit as st

from pages._ui.address import note_ignored, remember_address
from pages._ui.controls import sidebar
from pages._ui.download import download_bar
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded
from pages._ui.header import header
from pages._ui.recipe import recipe
from pages._ui.selection_cards import coverage_card, distribution_card, map_card, number_cards
from pages._ui.table import selection_table
from pages._ui.workspace import current, drawn_for, opened, selected


@st.fragment(key="numbers")
def numbers() -> None:
    """What is downloaded, and what it comes to: the first thing that follows a slider."""
    with guarded():
        build, pool = opened()
        selection = selected(build, pool, recipe(pool))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            header(build, pool)
            download_bar(selection, build)
        number_cards(selection)


@st.fragment(key="pictures")
def pictures() -> None:
    """Where the selection lies, how its metrics are distributed, which clusters it covers."""
    with guarded():
        build, pool = opened()
        selection = selected(build, pool, recipe(pool))
        left, right = st.columns([3, 2], gap="small")
        with left:
            map_card(selection, build)
        with right:
            distribution_card(selection, build)
        coverage_card(selection)


@st.fragment(key="table")
def rows() -> None:
    """The selected rows, and the one that is opened."""
    with guarded():
        build, pool = opened()
        selection_table(selected(build, pool, recipe(pool)), build)


found = current()
if found is None:
    empty_workspace()
elif not len(found[1]) or not found[1].scores:
    header(*found)
    nothing_to_choose(found[1])
else:
    # A weight runs the whole page, numbers first: fragments rerun by their keys lose the last of many quick moves.
    drawn_for(found[0])
    remember_address()
    notes = st.container()
    sidebar(found[1])
    numbers()
    pictures()
    rows()
    with notes:
        note_ignored()
