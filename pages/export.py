"""Export: keep the choices as recipes, look at the file that they make, and take it along."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import note_ignored, remember_address
from pages._ui.controls import sidebar
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded
from pages._ui.export_file import command_card, file_card, made, manifest_card, number_cards
from pages._ui.export_recipes import recipes_card
from pages._ui.header import header
from pages._ui.recipe import recipe
from pages._ui.workspace import current, drawn_for


def page(build: Build, pool: Pool) -> None:
    """What the file comes to, its first lines beside the saved recipes, and how to make it again."""
    top = st.container()
    left, right = st.columns([4, 3], gap="small")
    with left:
        selection = file_card(build, pool)
    with right, guarded():
        recipes_card(recipe(pool), pool)
    file = made(selection, build)
    with top:
        number_cards(selection, build, file)
    left, right = st.columns(2, gap="small")
    with left, guarded():
        manifest_card(selection, build, file)
    with right, guarded():
        command_card(selection)


opened = current()
if opened is None:
    empty_workspace()
elif not len(opened[1]) or not opened[1].scores:
    header(*opened)
    nothing_to_choose(opened[1])
else:
    drawn_for(opened[0])
    remember_address()
    header(*opened)
    notes = st.container()
    sidebar(opened[1])
    with guarded():
        page(*opened)
    with notes:
        note_ignored()
