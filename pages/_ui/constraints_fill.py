"""What a budget is filled with: as many rows as were asked for, or the best that fit; and what each gives."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from crowdselect.constraints.spec import Fill
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from pages._ui.cards import short
from pages._ui.constraints import constraints
from pages._ui.recipe import recipe
from pages._ui.workspace import current, selected

FILLS: dict[Fill, str] = {"size": "Meet the size", "best": "The best that fit"}


def fill_choice(pool: Pool, key: str, on_change: Callable[[], None]) -> None:
    """Both ways, each with its rows and their mean score."""
    st.radio(
        "Fill it with", list(FILLS), key=key, on_change=on_change, format_func=lambda fill: FILLS[fill],
        captions=[_given(pool, fill) for fill in FILLS],
        help="To meet the size, cheap rows come in for dear ones. The best that fit: the size is an upper limit, and a "
        "row that does not fit is passed over.",
    )  # fmt: skip


def _given(pool: Pool, fill: Fill) -> str:
    """100 rows, mean score 0.81; empty where the recipe chooses nothing at all, which the page says."""
    found, budget = current(), constraints().budget
    if found is None or budget is None:
        return ""
    try:
        wanted = recipe(pool)
        filled = constraints().model_copy(update={"budget": budget.model_copy(update={"fill": fill})})
        selection = selected(found[0], pool, wanted.model_copy(update={"constraints": filled}))
    except UserError:
        return ""
    score = selection.choice.score
    there = np.empty(0) if score is None else score[selection.positions]
    there = there[~np.isnan(there)]  # a pinned row may have none
    return f"{len(selection):,} rows" + (f", mean score {short(float(there.mean()))}" if len(there) else "")
