"""Results: what models tuned on selections of 1,000 pairs scored, as the paper's authors published it."""

import streamlit as st

from pages._ui.address import note_ignored, remember_address
from pages._ui.errors import guarded
from pages._ui.header import header
from pages._ui.results import (
    chart_card,
    chosen_runs,
    filters,
    methods_card,
    number_cards,
    sizes_card,
    source,
)
from pages._ui.results_table import runs_card
from pages._ui.workspace import current

remember_address()
with guarded():
    found = current()
    if found is not None:
        header(*found)

with guarded():
    notes = st.container()
    source()
    number_cards()
    filters()
    runs = chosen_runs()
    chart_card(runs)
    left, right = st.columns([2, 3], gap="small")
    with left:
        sizes_card()
    with right:
        methods_card()
    runs_card(runs)
    with notes:
        note_ignored()
