"""Browse: search the instructions, open one, read every response, and see why it is selected or not."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.browse_found import Found, found, say_how_many
from pages._ui.browse_list import opened_row, result_list
from pages._ui.browse_meaning import prepare
from pages._ui.browse_row import reading_card
from pages._ui.browse_search import Question, question
from pages._ui.browse_similar import similar_card
from pages._ui.browse_why import ladders_card, standing_card, why_card
from pages._ui.cards import card
from pages._ui.errors import guarded
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe, recipe_key
from pages._ui.workspace import opened, selected


def page(build: Build, pool: Pool) -> None:
    """What to look for and how much was found, then what was found."""
    made_by = recipe(pool)
    selection = selected(build, pool, made_by)
    prepare(build)
    asked = question()
    what = found(asked, selection, build)
    with st.container(key="browse_said"):
        say_how_many(asked, what, selection, build)
    reading(asked, what, selection, made_by.key)


@st.fragment(key="browse_reading")
def reading(asked: Question, what: Found, selection: Selection, made_by: str) -> None:
    """The list beside the row that is opened, and what is to know about that. Opening another draws only this again."""
    with guarded():
        build, pool = opened()
        if recipe_key(pool) != made_by:  # a button here made another choice: the whole page follows
            st.rerun()
        _reading(asked, what, selection, build)


def _reading(asked: Question, what: Found, selection: Selection, build: Build) -> None:
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
