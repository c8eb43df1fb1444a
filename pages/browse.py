"""Browse: search the instructions, open one, read every response, and see why it is selected or not."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.browse_found import found, say_how_many
from pages._ui.browse_list import opened_row, result_list
from pages._ui.browse_meaning import prepare
from pages._ui.browse_row import reading_card
from pages._ui.browse_search import question
from pages._ui.browse_similar import similar_card
from pages._ui.browse_why import ladders_card, standing_card, why_card
from pages._ui.cards import card
from pages._ui.errors import guarded
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe
from pages._ui.workspace import selected


def page(build: Build, pool: Pool) -> None:
    """What to look for, what was found beside the one that is opened, and what is to know about that."""
    selection = selected(build, pool, recipe(pool))
    prepare(build)
    asked = question()
    what = found(asked, selection, build)
    with st.container(key="browse_said"):
        say_how_many(asked, what, selection, build)
    row = opened_row(what, selection)
    left, right = st.columns([5, 7], gap="small")
    if row is not None:
        with right, guarded():
            reading_card(what, selection, build, row)
    with left, card("Instructions", key="found", help="Best first under the current choices. Click one to open it."):
        result_list(asked, what, selection, build, row)
    if row is None:
        return
    first, second, third = st.columns(3, gap="small")
    with first, guarded():
        why_card(selection, build, row)
    with second, guarded():
        standing_card(selection, row)
    with third, guarded():
        ladders_card(selection, row)
    with guarded():
        similar_card(what, selection, build, row)


selection_page(page)
