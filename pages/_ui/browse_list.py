"""The list of what was found: two hundred rows at a time, one of them opened, and the way to its neighbours."""

import zlib
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.listing import value_of
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.browse_found import Found
from pages._ui.browse_search import Question
from pages._ui.recipe import metric_help, metric_title
from pages._ui.selection_cards import shown_metrics
from pages._ui.table import digits
from pages._ui.text import one_line

PAGE = 200  # rows sent at once
FEW = 14  # rows that leave the card room; the list is then as high as they are
ROW = "row"  # the uuid of the opened row, in the address
TABLE = "browse_list"
SHOWN = "_browse_uuids"


def opened_row(what: Found, selection: Selection) -> int | None:
    """The pool row that the address names, else the first that was found; None where there is neither."""
    asked = st.query_params.get(ROW)
    row_of = selection.candidates.pool.row_of
    if asked in row_of:
        return row_of[asked]
    return int(what.rows[0]) if len(what) else None


def open_row(uuid: str) -> None:
    """A button's callback."""
    st.query_params[ROW] = uuid


def result_list(asked: Question, what: Found, selection: Selection, build: Build, opened: int | None) -> None:
    """The rows that were found; a click opens one."""
    if not len(what):
        st.caption("Nothing was found. Take a filter away, or search for fewer words.")
        return
    start = _page(asked, what, opened)
    frame = _frame(str(build.path), selection.recipe.key, repr(asked), start, what, selection, build)
    _mark(frame, None if opened is None else str(selection.candidates.pool.uuids[opened]))
    st.session_state[SHOWN] = frame["uuid"].tolist()
    st.dataframe(
        frame, key=TABLE, on_select=_open, selection_mode="single-row", hide_index=True,
        height="stretch" if len(frame) > FEW else "content",
        column_config=_columns(selection, frame), alt="The instructions that were found", placeholder="–",
    )  # fmt: skip


def _page(asked: Question, what: Found, opened: int | None) -> int:
    """The first row of the page that is shown; the page of the opened row when another row was opened."""
    pages = -(-len(what) // PAGE)
    if pages < 2:
        return 0
    key = f"browse_page_{zlib.crc32(repr(asked).encode())}"
    place = None if opened is None else what.place(opened)
    if st.session_state.get("_browse_opened") != opened:
        st.session_state["_browse_opened"] = opened
        page = 1 if place is None else place // PAGE + 1
        if st.session_state.get(key, 1) != page:
            st.session_state[key] = page
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    return (st.pagination(pages, key=key, max_visible_pages=5) - 1) * PAGE


# Opening a row changes no other: the list is read and laid out once. An argument with _ is not part of the key.
@st.cache_resource(max_entries=16, show_spinner=False)
def _frame(
    path: str, key: str, asked: str, start: int, _what: Found, _selection: Selection, _build: Build
) -> pd.DataFrame:
    what, selection, build = _what, _selection, _build
    rows = what.rows[start : start + PAGE]
    pool = selection.candidates.pool
    uuids = [str(uuid) for uuid in pool.uuids[rows]]
    columns: dict[str, Any] = {
        "in": ["✓" if chosen else "" for chosen in what.standing.selected[rows]],
        "rank": [int(rank) or None for rank in what.standing.rank[rows]],
        "instruction": [one_line(text) for text in instructions(build, pool.keys_of(rows))],
    }
    if what.similarity is not None:
        columns["similarity"] = what.similarity[start : start + PAGE].round(3)
    columns["score"] = what.standing.score[rows].round(4)
    for name in shown_metrics(selection):
        columns[f"m_{name}"] = value_of(selection, name, rows).astype("float32")
    columns["words"] = pool.instruction_words[rows]
    return pd.DataFrame({**columns, "uuid": uuids}).astype({"rank": "Int64"})


def _columns(selection: Selection, frame: pd.DataFrame) -> dict[str, Any]:
    config = st.column_config
    metrics = {
        f"m_{name}": config.NumberColumn(
            metric_title(name), help=metric_help(name), format=digits(frame, f"m_{name}"), width=86
        )
        for name in shown_metrics(selection)
    }
    return {
        **metrics,
        "in": config.TextColumn("In", width=30, help="✓: the current choices select it."),
        "rank": config.NumberColumn("Rank", width=62, format="localized", help="1 is the best of all eligible rows."),
        "instruction": config.TextColumn("Instruction", width=290, help="Its first words."),
        "similarity": config.NumberColumn("Similarity", width=76, format="%.3f", help="Cosine to what was searched."),
        "score": config.NumberColumn(
            "Score", width=70, format=digits(frame, "score"), help="What the strategy ranks by."
        ),
        "words": config.NumberColumn("Words", width=62, format="localized", help="Length of the instruction."),
        "uuid": config.TextColumn("uuid", width=270, help="The instruction's id."),
    }


def _mark(frame: pd.DataFrame, uuid: str | None) -> None:
    """The mark in the list is where the opened row is."""
    places = frame.index[frame["uuid"] == uuid].tolist()
    now = st.session_state.get(TABLE, {}).get("selection", {}).get("rows", [])
    if places != now:
        st.session_state[TABLE] = {"selection": {"rows": places, "columns": [], "cells": []}}


def _open() -> None:
    places = st.session_state[TABLE]["selection"]["rows"]
    uuids = st.session_state.get(SHOWN, [])
    if places and places[0] < len(uuids):
        st.query_params[ROW] = uuids[places[0]]
