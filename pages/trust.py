"""Trust: how far the selection depends on the crowd, and whether the reward models agree."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.errors import guarded
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe
from pages._ui.trust import inclusion_card, movers_card, number_cards, view_of
from pages._ui.trust_agreement import agreement_cards
from pages._ui.trust_rows import core_card, least_sure_card
from pages._ui.workspace import selected


def page(build: Build, pool: Pool) -> None:
    """What is drawn anew, how much stays, what moves it; then the rows, the core, and the reward models."""
    selection = selected(build, pool, recipe(pool))
    view = view_of(build, selection)
    number_cards(view)
    left, right = st.columns(2, gap="small")
    with left, guarded():
        inclusion_card(view)
    with right, guarded():
        movers_card(view)
    core_card(view)
    least_sure_card(view)
    with guarded():
        agreement_cards(build, pool)


selection_page(page)
