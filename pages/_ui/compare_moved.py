"""Which rows come in and which go out against the current selection, and why; a click opens one."""

from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.compare.layouts import to_csv
from crowdselect.compare.moved import Moved, counts, reason_title
from crowdselect.compare.report import moved_rows
from crowdselect.compare.sides import SideBySide
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.address import bound
from pages._ui.cards import card, nothing
from pages._ui.compare_kept import moved_of
from pages._ui.recipe import metric_title
from pages._ui.table import OPEN, row_card
from pages._ui.text import count, literal, one_line

PAGE = 200  # rows sent at once
TABLE, SHOWN = "moved", "_moved_uuids"


def moved_card(sides: SideBySide, build: Build) -> None:
    """Against one of the others, which is chosen here."""
    if len(sides) < 2:
        return
    with card(
        "In and out, and why", key="moved_card",
        help="Rows of the other selection that the current one lacks, and the other way round. Where both are weighted "
        "the reason is exact: the metric whose weight × normalised value, about the mean of the rows that either took, "
        "changed most the way the row went; all such parts and the change of the cut-off add up to what it gained on "
        "the cut-off. Elsewhere and under constraints: why the row is out of the selection that lacks it (Browse says "
        "it with numbers); where its rank decides, the metric whose weight × percentile lies lowest against its mean.",
    ) as corner:  # fmt: skip
        with corner, st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            against = bound(
                st.selectbox, "Against", sides.names[1:], key="against", default=sides.names[1],
                format_func=one_line, label_visibility="collapsed",
                help="The selection that the current one is compared with here.",
            )  # fmt: skip
            place = sides.names.index(against)
            found = moved_of(sides, place)
            st.download_button(
                "CSV", lambda: to_csv(moved_rows(sides, place, found)), "moved.csv", "text/csv", key="download_moved",
                on_click="ignore", icon=":material/download:",
                help=f"{count(len(found), 'row')} with every part, comma-separated, UTF-8.",
            )  # fmt: skip
        if not len(found):
            nothing("Both hold the same rows.")
            return
        came = int(found.came_in.sum())
        st.caption(
            f"**{came:,}** in and **{len(found) - came:,}** out · "
            + " · ".join(_said(found, *each) for each in counts(found))
        )
        start = _page(found)
        frame = _frame(sides, build, found, start)
        st.session_state[SHOWN] = frame["uuid"].tolist()
        _mark(frame)
        st.dataframe(
            frame, key=TABLE, on_select=_open, selection_mode="single-row", hide_index=True, placeholder="–",
            height=min(35 * len(frame) + 40, 420), column_config=_columns(found),
            alt="Rows that came in or went out, and why",
        )  # fmt: skip
    opened = st.query_params.get(OPEN)
    if opened is not None and opened in frame["uuid"].tolist():
        st.page_link(
            "browse.py", label="Open in Browse", icon=":material/search:", query_params={OPEN: opened},
            help="Every response, its ladders, and why it is selected or not.",
        )  # fmt: skip
        row_card(sides.entries[0].selection, build, opened)


def _said(found: Moved, reason: str, came: int, went: int) -> str:
    return f"{literal(_reason(found, reason))} {came:,} in {went:,} out"


def _reason(found: Moved, name: str) -> str:
    return reason_title(found, name) or metric_title(name)


def _page(found: Moved) -> int:
    pages = -(-len(found) // PAGE)
    return 0 if pages < 2 else (st.pagination(pages, key=f"moved_page_{len(found)}", max_visible_pages=5) - 1) * PAGE


def _frame(sides: SideBySide, build: Build, found: Moved, start: int) -> pd.DataFrame:
    here = slice(start, start + PAGE)
    pool, rows = sides.pool.pool, found.rows[here]
    uuids = [str(uuid) for uuid in pool.uuids[rows]]
    columns: dict[str, Any] = {
        "moved": ["in" if came else "out" for came in found.came_in[here]],
        "instruction": [one_line(text) for text in instructions(build, pool.keys_of(rows))],
        "rank_first": [int(rank) or None for rank in found.rank_first[here]],
        "rank_other": [int(rank) or None for rank in found.rank_other[here]],
        "reason": [_reason(found, name) for name in found.reasons[here]],
        "amount": found.amount[here].round(4),
    }
    for column, metric in enumerate(found.metrics):
        columns[f"p_{metric}"] = found.parts[here, column].round(4)
    if found.exact:
        columns["bar"], columns["gained"] = found.bar[here].round(4), found.gained[here].round(4)
    return pd.DataFrame({**columns, "uuid": uuids}).astype({"rank_first": "Int64", "rank_other": "Int64"})


def _columns(found: Moved) -> dict[str, Any]:
    config = st.column_config
    unit, form = ("gain in score", "%+.3f") if found.exact else ("percentile points", "%+.1f")
    parts = {
        f"p_{metric}": config.NumberColumn(
            metric_title(metric), format=form, width=92,
            help=f"{unit.capitalize()} by this metric." if found.exact
            else "Its percentile minus the mean percentile of the selection that lacks it.",
        )
        for metric in found.metrics
    }  # fmt: skip
    return {
        **parts,
        "moved": config.TextColumn("Moved", width=60, help="in: the other one holds it; out: the current one does."),
        "instruction": config.TextColumn("Instruction", width=300, help="Its first words."),
        "rank_first": config.NumberColumn("Rank now", width=76, format="localized", help="In the current selection."),
        "rank_other": config.NumberColumn("Rank there", width=82, format="localized", help="In the other one."),
        "reason": config.TextColumn("Why", width=140, help="What moved it most; or why the one that lacks it does."),
        "amount": config.NumberColumn("By", width=76, format=form, help=f"That reason's part: {unit}."),
        "bar": config.NumberColumn("Cut-off", width=80, format=form, help="What the change of the cut-off did."),
        "gained": config.NumberColumn("Gained", width=80, format=form, help="The sum: what it gained on the cut-off."),
        "uuid": config.TextColumn("uuid", width=270, help="The instruction's id."),
    }


def _mark(frame: pd.DataFrame) -> None:
    """The mark is where the opened row is."""
    opened = st.query_params.get(OPEN)
    places = frame.index[frame["uuid"] == opened].tolist() if opened else []
    if places != st.session_state.get(TABLE, {}).get("selection", {}).get("rows", []):
        st.session_state[TABLE] = {"selection": {"rows": places, "columns": [], "cells": []}}


def _open() -> None:
    places = st.session_state[TABLE]["selection"]["rows"]
    uuids = st.session_state.get(SHOWN, [])
    if places and places[0] < len(uuids):
        st.query_params[OPEN] = uuids[places[0]]
    elif OPEN in st.query_params:
        del st.query_params[OPEN]
