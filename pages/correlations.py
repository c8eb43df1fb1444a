"""Correlations: which metrics, reward models or models say the same, and what one pair of them looks like."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import note_ignored, remember_address
from pages._ui.correlations import matrix_card, number_cards, pair_card
from pages._ui.correlations_table import pairs_card
from pages._ui.correlations_view import choices, view_of
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded
from pages._ui.header import header
from pages._ui.recipe import recipe
from pages._ui.workspace import current, drawn_for, selected


def page(build: Build, pool: Pool) -> None:
    """The choices, the matrix beside the pair that is opened, and every pair as a table."""
    notes = st.container()
    with guarded():
        selection = selected(build, pool, recipe(pool))
        view = view_of(build, selection, choices(selection))
        number_cards(view)
        left, right = st.columns([3, 2], gap="small")
        with right:
            pair = pair_card(view)
        with left:
            matrix_card(view, pair)
        pairs_card(view)
    with notes:
        note_ignored()


found = current()
if found is None:
    empty_workspace()
else:
    drawn_for(found[0])
    header(*found)
    if not len(found[1]) or not found[1].scores:
        nothing_to_choose(found[1])
    else:
        remember_address()
        page(*found)
