"""What a selection's reader may not expect, above the page: one line each."""

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.notes import notes
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.recipe import recipe
from pages._ui.text import literal
from pages._ui.workspace import selected

LONGEST = 400  # characters of a sentence


def say_notes(build: Build, pool: Pool) -> None:
    """The notes of the selection that the page is about; none where there is no selection."""
    try:
        found = notes(selected(build, pool, recipe(pool)))
    except UserError:
        return  # the page itself says it
    for note in found:
        st.caption(f":material/info: {literal(note, LONGEST)}")
