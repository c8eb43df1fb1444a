"""One line that says which data a page shows."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.errors import show_text_error
from pages._ui.text import count


def header(build: Build, pool: Pool) -> None:
    """Size, build, and whether the data is synthetic; a warning where an older build is shown."""
    synthetic = ":orange-badge[:material/science: Synthetic] " if pool.synthetic else ""
    st.markdown(
        f"{synthetic}:gray-badge[:material/inventory_2: Build {build.id}] "
        f":gray-badge[:material/grid_on: {count(len(pool), 'row')} × {count(len(pool.models), 'model')}]",
        width="content",
    )
    if build.warning:
        show_text_error(build.warning)
