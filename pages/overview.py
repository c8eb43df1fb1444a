"""Overview: what is in this workspace, what ran on it, and what is missing."""

import streamlit as st

from pages._ui.cards import card
from pages._ui.empty import empty_workspace
from pages._ui.errors import guarded
from pages._ui.families import families_card
from pages._ui.header import header
from pages._ui.inventory_cards import jobs_card, missing_card, next_steps, number_cards, refused_card, spread_card
from pages._ui.workspace import current, workspace

opened = current()
if opened is None:
    empty_workspace()
    st.stop()

build, pool = opened
header(build, pool)
number_cards(build, pool)

left, right = st.columns(2, gap="small")
with left, card("Models by family", help="Stability compares models of one family by size."), guarded():
    families_card(workspace(), pool)
with right, guarded():
    missing_card(pool)

left, right = st.columns(2, gap="small")
with left, guarded():
    spread_card(pool)
with right, guarded():
    next_steps(build, pool)
    jobs_card(build)

with guarded():
    refused_card(build)
