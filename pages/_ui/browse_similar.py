"""Instructions that mean nearly what the opened one does."""

import pandas as pd
import streamlit as st

from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.browse_found import Found
from pages._ui.browse_list import ROW
from pages._ui.browse_meaning import COMMAND, embedder, similar
from pages._ui.cards import card, nothing
from pages._ui.text import one_line

MOST = 8
TABLE = "browse_similar"
SHOWN = "_similar_uuids"


def similar_card(what: Found, selection: Selection, build: Build, row: int) -> None:
    """The nearest ones; a click opens one."""
    with card("Similar instructions", key="similar", help="By cosine similarity of the embeddings. Click one to open."):
        if embedder(build) is None:
            nothing("There are no embeddings of the instructions yet. This makes them:", COMMAND)
            return
        pool = selection.candidates.pool
        near = similar(build, str(pool.uuids[row]), MOST)
        if not near:
            st.caption("This instruction has no embedding, or is the only one.")
            return
        uuids = [uuid for uuid, _ in near]
        rows = [pool.row_of[uuid] for uuid in uuids]
        st.session_state[SHOWN] = uuids
        st.session_state[TABLE] = {"selection": {"rows": [], "columns": [], "cells": []}}
        config = st.column_config
        st.dataframe(
            pd.DataFrame(
                {
                    "similarity": [likeness for _, likeness in near],
                    "in": ["✓" if what.standing.selected[each] else "" for each in rows],
                    "rank": [int(what.standing.rank[each]) or None for each in rows],
                    "instruction": [one_line(text, 300) for text in instructions(build, pool.keys_of(rows))],
                    "uuid": uuids,
                }
            ),
            key=TABLE, on_select=_open, selection_mode="single-row", hide_index=True, height="content",
            alt="Similar instructions", placeholder="–",
            column_config={
                "similarity": config.ProgressColumn(
                    "Similarity", format="%.3f", min_value=0.0, max_value=1.0, width=150, help="Cosine; 1 is the same."
                ),
                "in": config.TextColumn("In", width=36, help="✓: the current choices select it."),
                "rank": config.NumberColumn("Rank", width=70, format="localized", help="Among the eligible rows."),
                "instruction": config.TextColumn("Instruction", width="large", help="Its first words."),
                "uuid": config.TextColumn("uuid", width=270, help="The instruction's id."),
            },
        )  # fmt: skip


def _open() -> None:
    places = st.session_state[TABLE]["selection"]["rows"]
    uuids = st.session_state.get(SHOWN, [])
    if places and places[0] < len(uuids):
        st.query_params[ROW] = uuids[places[0]]
