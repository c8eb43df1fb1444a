"""Which rows the selections have in common."""

import streamlit as st

from crowdselect.compare.sides import SideBySide
from crowdselect.figures.overlap import overlap_matrix
from pages._ui.address import bound
from pages._ui.cards import card, chart

CELLS = {"jaccard": "Jaccard", "rows": "Shared rows"}


def overlap_card(sides: SideBySide) -> None:
    """Every two of them; the diagonal holds their sizes."""
    with card(
        "Overlap", key="overlap_card",
        help="Jaccard index: rows in both / rows in either, 0 to 1. On the diagonal: how many rows each has.",
    ) as corner:  # fmt: skip
        with corner:
            shown = bound(
                st.segmented_control, "Cells show", list(CELLS), key="cells", default="jaccard", required=True,
                format_func=CELLS.get, label_visibility="collapsed",
                help="The Jaccard index of two selections, or how many rows they share.",
            )  # fmt: skip
        both = sides.overlap()
        chart(
            overlap_matrix(sides.names, both.jaccard, both.shared, shown == "rows"), "overlap",
            "Overlap of every two selections",
        )  # fmt: skip
