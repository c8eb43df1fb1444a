"""What a question finds: pool rows in the order in which they are listed, and in words how many."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from crowdselect.listing import Ranking, among, in_order, near_in_order, on_side, place_of, ranking
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.browse_meaning import COMMAND, MOST, embedder, nearest
from pages._ui.browse_search import Question
from pages._ui.cards import nothing
from pages._ui.workspace import rows_meeting


@dataclass(frozen=True)
class Found:
    """`rows` (k,) of the pool as they are listed; `similarity` (k,) where meaning was asked for."""

    rows: Any
    standing: Ranking
    similarity: Any = None

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, row: int) -> int | None:
        return place_of(self.rows, row)


def found(asked: Question, selection: Selection, build: Build) -> Found:
    """The rows that the question asks for; by meaning the nearest first, else the best first under the selection."""
    key = (str(build.path), selection.recipe.key)
    standing = _standing(*key, selection)
    keep = on_side(standing, asked.side)
    if selection.recipe.pool.where:
        keep = keep & among(selection)
    if asked.words is not None:
        keep = keep & rows_meeting(build, selection, (asked.words,))
    if not asked.meaning:
        return Found(in_order(standing, keep), standing)
    rows, similarity = near_in_order(selection.candidates.pool, nearest(build, asked.text), keep)
    return Found(rows, standing, similarity)


def say_how_many(asked: Question, what: Found, selection: Selection, build: Build) -> None:
    """One line below the search box."""
    pool = selection.candidates.pool
    if asked.meaning and embedder(build) is None:
        nothing(
            "There are no embeddings of the instructions yet, so nothing is found by meaning. To make them:", COMMAND
        )
        return
    filtered = " · among those that meet the filters" if selection.recipe.pool.where else ""
    side = {"selected": " · in the selection", "not_selected": " · not in the selection"}.get(asked.side, "") + filtered
    if asked.meaning:
        near = min(MOST, len(pool))
        st.caption(f"**{len(what):,}** of the {near:,} instructions nearest in meaning{side} · nearest first")
    else:
        st.caption(f"**{len(what):,}** of {len(pool):,} instructions{side} · best first")


@st.cache_resource(max_entries=8, show_spinner=False)
def _standing(path: str, key: str, _selection: Selection) -> Ranking:
    return ranking(_selection)
