"""The map beside the weights: it follows every change, and a shape that is drawn on it can become a filter."""

import streamlit as st

from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.address import bound
from pages._ui.cards import card, legend, nothing
from pages._ui.map import point_map
from pages._ui.map_shape import outlines, shape_keeper, shape_line
from pages._ui.projections import projection_title, projections
from pages._ui.selection_cards import ROW_HEIGHT, shown_metrics
from pages._ui.table import open_row

LEAST = 420  # pixels


def map_card(selection: Selection, build: Build) -> None:
    """The selected rows among the whole pool; a click opens a row."""
    pool = selection.candidates.pool
    names = projections(pool)
    with card(
        "Map",
        help="Near points are instructions of near meaning. Drag moves it, scrolling zooms; the lasso marks rows.",
        corner=True,
    ) as corner:
        if not names:
            nothing("No map yet. This makes one from the instructions’ embeddings:", "python -m precompute run project")
            return
        with corner:
            view = bound(
                st.segmented_control, "Projection", names, key="view", default=names[0], required=True,
                format_func=projection_title, label_visibility="collapsed",
                help="The same embeddings, laid out in two dimensions by different methods.",
            ) or names[0]  # fmt: skip
        point_map(
            build, pool, view, key="map", selected=selection.rows, outlines=outlines(pool, view),
            height=max(LEAST, len(shown_metrics(selection)) * ROW_HEIGHT - 28),
            alt=f"{projection_title(view)} map of {len(pool):,} instructions, {len(selection):,} selected",
            on_lasso=shape_keeper(pool), on_open=lambda row: open_row(str(pool.uuids[row])),
        )  # fmt: skip
        if outlines(pool, view):
            shape_line(selection, build)
        else:
            legend("selected", "all rows of the pool", "a click opens a row")
