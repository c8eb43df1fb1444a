"""Every pair of the matrix as a row, strongest first, with its exact p-value."""

import pandas as pd
import streamlit as st

from crowdselect.correlation_pairs import p_text, stars
from pages._ui.cards import card
from pages._ui.correlations import possible
from pages._ui.correlations_view import View, open_pair
from pages._ui.text import one_line

_PAIRS = "_pairs"  # the (first, second) names of the table's rows, for a click on one


def pairs_card(view: View) -> None:
    """A click on a row opens that pair, as a click on its cell does."""
    if not possible(view):
        return
    with card(
        "Every pair", key="pairs_card",
        help="Strongest first, by the coefficient without its sign. p-values are two-sided; q-values allow for the "
        "number of pairs. Below 1e-300 a number cannot hold them, and the table says so. Click a row to open its pair.",
    ):  # fmt: skip
        st.session_state[_PAIRS] = [
            (view.found.names[pair.first], view.found.names[pair.second]) for pair in view.pairs
        ]
        config = st.column_config
        st.dataframe(
            table(view), key="pairs", on_select=_open, selection_mode="single-row", hide_index=True, placeholder="–",
            height=min(35 * len(view.pairs) + 40, 420), alt="Every pair with coefficient, p-value and n",
            column_config={
                "First": config.TextColumn("First", help="One of the pair."),
                "Second": config.TextColumn("Second", help="The other one."),
                "Coefficient": config.NumberColumn(
                    view.symbol, format="%.4f", help="From −1, one falls as the other rises, to 1, both rise together."
                ),
                "p": config.TextColumn("p-value", help="How often unrelated columns would look this related, or more."),
                "q": config.TextColumn(
                    "q-value",
                    help="Of the pairs with a q up to this one’s, the share that chance alone is expected to have put "
                    "there (Benjamini-Hochberg).",
                ),
                "Stars": config.TextColumn("Stars", width=60, help="*** p < 0.001, ** p < 0.01, * p < 0.05."),
                "n": config.NumberColumn("n", format="localized", help="Rows with both values."),
            },
        )  # fmt: skip


def table(view: View) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "First": [one_line(view.titles[pair.first]) for pair in view.pairs],
            "Second": [one_line(view.titles[pair.second]) for pair in view.pairs],
            "Coefficient": [pair.coefficient for pair in view.pairs],
            "p": [p_text(pair.p_value) for pair in view.pairs],
            "q": [p_text(pair.q_value) for pair in view.pairs],
            "Stars": [stars(pair.p_value) for pair in view.pairs],
            "n": [pair.n for pair in view.pairs],
        }
    )


def _open() -> None:
    places = st.session_state["pairs"]["selection"]["rows"]
    pairs = st.session_state.get(_PAIRS, [])
    if places and places[0] < len(pairs):
        open_pair(*pairs[places[0]])
