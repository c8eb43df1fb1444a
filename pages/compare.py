"""Compare: the current selection beside baselines and recipes, all measured by one yardstick."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.compare import held_card, means_card, number_cards, outlines_card
from pages._ui.compare_entries import entries, picker, side_by_side
from pages._ui.compare_moved import moved_card
from pages._ui.compare_overlap import overlap_card, sets_card
from pages._ui.compare_shares import made_of_card
from pages._ui.compare_table import effects_card, table_card
from pages._ui.errors import guarded
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe
from pages._ui.workspace import selected


def page(build: Build, pool: Pool) -> None:
    """Which selections, then what they share, their numbers, what moved, their metrics, what they are made of."""
    first = selected(build, pool, recipe(pool))
    names = picker(first)
    sides = side_by_side(build, first, entries(build, first, names))
    number_cards(sides)
    left, right = st.columns([3, 2], gap="small")
    with left, guarded():
        overlap_card(sides)
    with right, guarded():
        held_card(sides)
    for part in (table_card, moved_card):
        with guarded():
            part(sides, build)
    for shown in (sets_card, means_card, outlines_card, effects_card, made_of_card):
        with guarded():
            shown(sides)


selection_page(page)
