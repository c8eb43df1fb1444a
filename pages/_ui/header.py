"""One line that says which data a page shows."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.errors import show_text_error


def header(build: Build, pool: Pool) -> None:
    """Size, build, and whether the data is synthetic; a warning where an older build is shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        if pool.synthetic:
            st.badge("Synthetic", icon=":material/science:", color="orange")
        st.badge(f"Build {build.id}", icon=":material/inventory_2:", color="gray")
        st.badge(f"{len(pool):,} rows × {len(pool.models):,} models", icon=":material/grid_on:", color="gray")
    if build.warning:
        show_text_error(build.warning)
