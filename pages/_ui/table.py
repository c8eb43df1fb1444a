"""The selected rows as a table, and one of them opened."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.metrics import METRICS
from crowdselect.selection import Selection, crowd_scores
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.cards import card, short
from pages._ui.recipe import metric_help, metric_title
from pages._ui.responses import ranked_responses, response_list
from pages._ui.selection_cards import clustering_shown, nobody, shown_metrics
from pages._ui.text import count, literal, one_line, show_text

PAGE = 30  # rows sent at once, with every change of a weight
SHORT = 72  # characters of an instruction in the table
WIDTHS = {"difficulty": 80, "separability": 98, "stability": 78}  # pixels, as wide as their headings
OPEN = "row"  # the uuid of the opened row, in the address


def selection_table(selection: Selection, build: Build) -> None:
    """The selection, best first, thirty rows at a time; a click opens a row."""
    with card(
        "Selected rows", help="Best first. Click a row to read its instruction and every model's response.", key="rows"
    ):
        if not len(selection):
            st.caption(f"No row is selected. {nobody(selection)}")
            return
        start = _page(len(selection))
        frame = table(selection, build, start)
        _mark_opened(frame)
        st.dataframe(
            frame, key="table", on_select=_open, selection_mode="single-row", hide_index=True, height=388,
            column_config=_columns(selection, frame), alt="The selected rows", placeholder="–",
        )  # fmt: skip
        st.session_state["_shown_uuids"] = frame["uuid"].tolist()
    opened = st.query_params.get(OPEN)
    if opened:
        row_card(selection, build, opened)


def _page(rows: int) -> int:
    """The first row of the page that is shown."""
    pages = -(-rows // PAGE)
    if pages < 2:
        return 0
    return (st.pagination(pages, key="table_page") - 1) * PAGE


def table(selection: Selection, build: Build, start: int, rows: int = PAGE) -> pd.DataFrame:
    """Rank, text, model, reward, score, metrics, cluster and uuid of rows start … start + rows."""
    candidates, pool = selection.candidates, selection.candidates.pool
    positions = selection.positions[start : start + rows]
    pool_rows = candidates.rows[positions]
    uuids = [str(uuid) for uuid in pool.uuids[pool_rows]]
    scores, _ = crowd_scores(pool, selection.recipe.pool.reward_model)
    chosen = candidates.chosen[positions]
    columns: dict[str, object] = {
        "rank": range(start + 1, start + 1 + len(positions)),
        "instruction": [one_line(text, SHORT) for text in instructions(build, pool.keys_of(pool_rows))],
    }
    if selection.choice.score is not None:
        columns["score"] = selection.choice.score[positions].astype("float32")
    for name in shown_metrics(selection):
        if name != "reward" or "reward" in selection.recipe.select.weights:
            columns[name] = candidates.metric(name)[positions].astype("float32")
    columns["reward_here"] = scores[chosen, pool_rows].astype("float32")
    clustering = clustering_shown(selection)
    if clustering:
        columns["cluster"] = pool.clusterings[clustering].codes[pool_rows]
    columns["model"] = pd.Categorical([pool.models[model].name for model in chosen])
    return pd.DataFrame({**columns, "uuid": uuids})


def _columns(selection: Selection, frame: pd.DataFrame) -> dict[str, Any]:
    config = st.column_config
    numbers = {
        name: config.NumberColumn(
            metric_title(name), help=metric_help(name), format=digits(frame, name), width=WIDTHS.get(name, 92)
        )
        for name in shown_metrics(selection)
    }
    return {
        **numbers,
        "rank": config.NumberColumn("#", width=46, help="Place in the selection, 1 is the best.", pinned=True),
        "instruction": config.TextColumn("Instruction", width=250, help="Its first words."),
        "model": config.TextColumn("Response of", width=160, help="The model whose response is exported."),
        "reward_here": config.NumberColumn(
            "Reward", format=digits(frame, "reward_here"), width=76, help="The exported response's score."
        ),
        "score": config.NumberColumn(
            "Score", format=digits(frame, "score"), width=76, help="What the strategy ranked by."
        ),
        "cluster": config.NumberColumn("Cluster", width=70, format="%d", help="Its group in the clustering."),
        "uuid": config.TextColumn("uuid", width=270, help="The instruction's id."),
    }


def digits(frame: pd.DataFrame, name: str) -> str:
    """As many decimals as tell the column's values apart: reward models differ a thousandfold in scale."""
    largest = float(frame[name].abs().max()) if name in frame else 0.0
    decimals = 3 - math.floor(math.log10(largest)) if 0 < largest < math.inf else 3
    return f"%.{min(max(decimals, 1), 6)}f"


def _open() -> None:
    """After a click: keeps the opened row's id in the address, so that it stays open as the selection moves."""
    places = st.session_state["table"]["selection"]["rows"]
    uuids = st.session_state.get("_shown_uuids", [])
    if places and places[0] < len(uuids):
        open_row(uuids[places[0]])
    elif OPEN in st.query_params:
        del st.query_params[OPEN]


def open_row(uuid: str) -> None:
    """A callback's: that row is open from the next run on."""
    st.query_params[OPEN] = uuid


def _mark_opened(frame: pd.DataFrame) -> None:
    """The mark in the table follows the opened row to its new place, or goes."""
    opened = st.query_params.get(OPEN)
    places = frame.index[frame["uuid"] == opened].tolist() if opened else []
    now = st.session_state.get("table", {}).get("selection", {}).get("rows", [])
    if places != now:
        st.session_state["table"] = {"selection": {"rows": places, "columns": [], "cells": []}}


def row_card(selection: Selection, build: Build, uuid: str) -> None:
    """One instruction, its metrics, and every model's response, best first."""
    pool = selection.candidates.pool
    if uuid not in pool.row_of:
        st.caption("The opened row is not in this workspace.")
        return
    row = pool.row_of[uuid]
    place = next((rank for rank, each in enumerate(selection.rows, start=1) if each == row), None)
    with card(f"Row {place:,} of the selection" if place else "Not in the selection", key="opened"):
        left, right = st.columns([2, 3], gap="medium")
        with left:
            st.caption(f"Instruction · {literal(uuid)}")
            show_text(instructions(build, pool.keys_of([row]))[0], key="instruction_whole")
            _metrics_of(selection, row)
        with right:
            reward_model = selection.recipe.pool.reward_model
            ranked = ranked_responses(selection, build, row)
            st.caption(f"{count(len(ranked), 'response')} by score · {literal(reward_model or 'score')}")
            response_list(ranked, row, 440)


def _metrics_of(selection: Selection, row: int) -> None:
    candidates = selection.candidates
    place = int(candidates.rows.searchsorted(row))
    if place >= len(candidates) or candidates.rows[place] != row:
        st.caption("Not eligible under these choices, so it has no metrics here.")
        return
    values = {literal(metric_title(name)): short(float(candidates.metric(name)[place])) for name in METRICS}
    st.table(values, border="horizontal")
