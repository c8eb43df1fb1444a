"""A shape that was drawn on a map: kept while it is looked at, said in numbers, and taken into the filters."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.mapping.drawing import drawn
from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.selection import Selection
from crowdselect.shapes import ShapeSummary, summarise
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui import where
from pages._ui.cards import card, short
from pages._ui.filter_fields import said
from pages._ui.map import Lasso
from pages._ui.recipe import metric_legend
from pages._ui.selection_cards import shown_metrics
from pages._ui.text import count, literal, one_line, show_text
from pages._ui.workspace import rows_meeting

OPENED = "_map_row"
LISTED = 1000  # rows of a shape that are listed
Outline = Sequence[tuple[float, float]]


def shape(pool: Pool) -> tuple[Filter, ...]:
    """The shape that is drawn, where it is on a map that this pool has."""
    found = where.shape()
    return found if found and found[0].field in pool.projections else ()


def rows_in_shape(build: Build, selection: Selection) -> Any:
    """(n,) bool over the pool's rows; None where no shape is drawn."""
    found = shape(selection.candidates.pool)
    return rows_meeting(build, selection, found) if found else None


def outlines(pool: Pool, projection: str) -> list[Outline]:
    """The shape's polygons, where they were drawn on this projection."""
    return [
        polygon
        for one in shape(pool)
        if one.field == projection
        for polygon in (*(one.inside or ()), *(one.outside or ()))
    ]


def shape_keeper(pool: Pool) -> Callable[[Lasso], None]:
    """What a map calls when something was drawn on it; a shape without corners clears."""
    return functools.partial(_keep, pool)


def _keep(pool: Pool, lasso: Lasso) -> None:
    where.set_shape(drawn(pool, where.shape(), lasso))


def keep_row(row: int) -> None:
    """Called by a map when a point is clicked."""
    st.session_state[OPENED] = row


def shape_buttons() -> None:
    """What can be done with a shape."""
    st.button(
        "Choose only from these", icon=":material/filter_list:", key="shape_to_filter", on_click=_to_filter,
        help="The shape joins the filters: the selection is taken from its rows alone, on every page.",
    )  # fmt: skip
    st.button("Clear", icon=":material/close:", key="clear_shape", on_click=_clear, help="Forget the shape (Escape).")


def _to_filter() -> None:
    where.add(*where.shape())
    where.set_shape(())


def _clear() -> None:
    where.set_shape(())


def shape_line(selection: Selection, build: Build) -> None:
    """Below a small map: how many rows the shape holds, and what can be done with it."""
    inside = rows_in_shape(build, selection)
    if inside is None:
        return
    chosen = int(inside[selection.rows].sum())
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shape_line"):
        st.caption(f"**{int(inside.sum()):,}** rows in the shape, **{chosen:,}** of them selected", width="content")
        shape_buttons()


def shape_card(selection: Selection, build: Build, inside: Any) -> None:
    """The rows of the shape: how many, how they differ from the pool, and their first words."""
    if inside is None:
        st.caption("Draw round some points with the lasso or the rectangle to see what they have in common.")
        return
    found = summarise(selection, inside, shown_metrics(selection), LISTED)
    title = f"{count(found.rows, 'row')} in the shape, {found.selected:,} of them selected"
    with card(
        title,
        key="shape",
        help="What was drawn on the map. Escape on the map, or the button, clears it.",
        corner=True,
    ) as right:
        with right, st.container(horizontal=True, gap="xsmall", width="content"):
            shape_buttons()
        left, middle = st.columns([2, 3], gap="medium")
        with left:
            st.dataframe(_means(found), hide_index=True, alt="Mean of each metric, shape against pool")
            st.caption(" · ".join(literal(said(one, selection.candidates.pool), 200) for one in where.shape()))
        with middle:
            st.dataframe(
                _rows(found, selection.candidates.pool, build),
                hide_index=True,
                height=330,
                alt="The first rows of the shape",
            )


def opened_card(selection: Selection, build: Build) -> None:
    """The row whose point was clicked, with the way to all that is known of it."""
    pool, row = selection.candidates.pool, st.session_state.get(OPENED)
    if row is None or row >= len(pool):
        return
    uuid = str(pool.uuids[row])
    side = "selected" if row in selection.rows else "not selected"
    with card(f"Clicked: {side}", key="clicked", corner=True) as right:
        with right:
            st.page_link(
                "browse.py", label="Open in Browse", icon=":material/search:", query_params={"row": uuid},
                help="Every response, its ladders, and why it is selected or not.",
            )  # fmt: skip
        st.caption(literal(uuid))
        show_text(instructions(build, pool.keys_of([row]))[0], key="clicked_whole")


def _means(found: ShapeSummary) -> pd.DataFrame:
    rows = [
        {"Metric": metric_legend(mean.metric), "Shape": short(mean.shape), "Pool": short(mean.pool)}
        for mean in found.means
    ]
    return pd.DataFrame(rows)


def _rows(found: ShapeSummary, pool: Pool, build: Build) -> pd.DataFrame:
    texts = [one_line(text) for text in instructions(build, pool.keys_of(found.first))]
    return pd.DataFrame({"Selected": found.marks, "Instruction": texts, "uuid": pool.uuids[found.first].tolist()})
