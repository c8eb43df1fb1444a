"""A shape that was drawn on a map: kept while it is looked at, said in numbers, and given as a recipe's filter."""

import pandas as pd
import streamlit as st
import yaml

from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.selection import Selection
from crowdselect.shapes import ShapeSummary, summarise
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.cards import card, short
from pages._ui.map import Lasso
from pages._ui.recipe import metric_title
from pages._ui.selection_cards import shown_metrics
from pages._ui.text import literal, one_line, show_text

SHAPE, OPENED = "_shape", "_map_row"
LISTED = 1000  # rows of a shape that are listed


def shape(pool: Pool) -> Lasso | None:
    """The shape that this session has drawn last, on a map that this pool has."""
    drawn: Lasso | None = st.session_state.get(SHAPE)
    return drawn if drawn is not None and drawn.projection in pool.projections else None


def keep_shape(drawn: Lasso) -> None:
    """Called by a map; a shape without corners clears."""
    st.session_state[SHAPE] = drawn if drawn.polygon else None


def keep_row(row: int) -> None:
    """Called by a map when a point is clicked."""
    st.session_state[OPENED] = row


def shape_card(selection: Selection, build: Build, inside: object) -> None:
    """The rows of the shape: how many, how they differ from the pool, their first words, and the filter they make."""
    drawn = shape(selection.candidates.pool)
    if drawn is None:
        st.caption("Draw round some points with the lasso or the rectangle to see what they have in common.")
        return
    found = summarise(selection, inside, shown_metrics(selection), LISTED)
    title = f"{found.rows:,} rows in the shape, {found.selected:,} of them selected"
    with card(
        title, key="shape", help="What was drawn on the map. Escape on the map, or the button, clears it."
    ) as right:
        with right:
            st.button("Clear", icon=":material/close:", key="clear_shape", on_click=_clear, help="Forget the shape.")
        left, middle = st.columns([2, 3], gap="medium")
        with left:
            st.dataframe(_means(found), hide_index=True, alt="Mean of each metric, shape against pool")
            condition = Filter(field=drawn.projection, inside=drawn.polygon)
            st.caption("The shape as a filter of a recipe (`pool: where:`)")
            document = [condition.model_dump(mode="json", by_alias=True, exclude_none=True)]
            text = yaml.safe_dump(document, sort_keys=False, default_flow_style=None)
            st.code(text, language="yaml", wrap_lines=True, height=120)
        with middle:
            st.dataframe(_rows(found, build), hide_index=True, height=330, alt="The first rows of the shape")


def opened_card(selection: Selection, build: Build) -> None:
    """The row whose point was clicked, with the way to all that is known of it."""
    pool, row = selection.candidates.pool, st.session_state.get(OPENED)
    if row is None or row >= len(pool):
        return
    uuid = str(pool.uuids[row])
    where = "selected" if row in selection.rows else "not selected"
    with card(f"Clicked: {where}", key="clicked") as right:
        with right:
            st.page_link(
                "browse.py", label="Open in Browse", icon=":material/search:", query_params={"row": uuid},
                help="Every response, its ladders, and why it is selected or not.",
            )  # fmt: skip
        st.caption(literal(uuid))
        show_text(instructions(build, [uuid])[0], key="clicked_whole")


def _clear() -> None:
    st.session_state[SHAPE] = None


def _means(found: ShapeSummary) -> pd.DataFrame:
    rows = [
        {"Metric": metric_title(mean.metric), "Shape": short(mean.shape), "Pool": short(mean.pool)}
        for mean in found.means
    ]
    return pd.DataFrame(rows)


def _rows(found: ShapeSummary, build: Build) -> pd.DataFrame:
    texts = [one_line(text) for text in instructions(build, found.uuids)] if found.uuids else []
    return pd.DataFrame({"Selected": found.marks, "Instruction": texts, "uuid": found.uuids})
