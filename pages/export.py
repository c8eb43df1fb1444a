"""Export: keep the choices as recipes, look at the file that they make, and take it along."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.errors import guarded
from pages._ui.export_file import command_card, file_card, made, manifest_card, number_cards
from pages._ui.export_recipes import recipes_card
from pages._ui.frame import selection_page
from pages._ui.recipe import recipe


def page(build: Build, pool: Pool) -> None:
    """What the file comes to, its first lines beside the saved recipes, and how to make it again."""
    with st.container(key="file_numbers"):  # as high as it will be, while it waits
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


selection_page(page, open_sidebar=True)
