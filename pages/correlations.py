"""Correlations: which metrics, reward models or models say the same, and what one pair of them looks like."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.correlations import matrix_card, number_cards, pair_card
from pages._ui.correlations_table import pairs_card
from pages._ui.correlations_view import choices, view_of
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe
from pages._ui.workspace import selected


def page(build: Build, pool: Pool) -> None:
    """The choices, the matrix beside the pair that is opened, and every pair as a table."""
    selection = selected(build, pool, recipe(pool))
    view = view_of(build, selection, choices(selection))
    number_cards(view)
    left, right = st.columns([3, 2], gap="small")
    with right:
        pair = pair_card(view)
    with left:
        matrix_card(view, pair)
    pairs_card(view)


selection_page(page)
