"""Tune: weigh the metrics at the left, watch the selection follow, download it."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.download import download_bar
from pages._ui.errors import guarded
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe
from pages._ui.selection_cards import coverage_card, distribution_card, number_cards
from pages._ui.table import selection_table
from pages._ui.tune_map import map_card
from pages._ui.workspace import opened, selected


@st.fragment(key="downloads")
def downloads(build: Build, pool: Pool) -> None:
    """The format and the file."""
    with guarded():
        build, pool = opened()
        download_bar(selected(build, pool, recipe(pool)), build)


@st.fragment(key="rows")
def rows() -> None:
    """The selected rows, and the one that is opened."""
    with guarded():
        build, pool = opened()
        selection_table(selected(build, pool, recipe(pool)), build)


def numbers(build: Build, pool: Pool) -> None:
    """What the selection comes to: the first thing that follows a weight."""
    wanted = recipe(pool)
    number_cards(selected(build, pool, wanted), wanted.select.size)


def page(build: Build, pool: Pool) -> None:
    """Where the selection lies, how its metrics are distributed, what it covers, and its rows.

    The two charts are sent last: what a browser has before it draws them, the numbers above all, shows before.
    """
    selection = selected(build, pool, recipe(pool))
    left, right = st.columns([3, 2], gap="small")
    below = st.container()
    with left, guarded():
        map_card(selection, build)
    rows()
    with right, guarded():
        distribution_card(selection)
    with below, guarded():
        coverage_card(selection)


selection_page(page, first=numbers, beside=downloads, open_sidebar=True)
