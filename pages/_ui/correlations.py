"""The cards of Correlations: the headline numbers, the matrix, and one pair of it as a scatter."""

import plotly.graph_objects as go
import streamlit as st

from crowdselect.correlation_pairs import Pair, most_alike, most_opposed, p_sentence, stars
from crowdselect.correlations import KENDALL_ROWS
from crowdselect.figures.heatmap import heatmap, height
from crowdselect.figures.scatter import MOST_POINTS, Axis, drawn, scatter
from pages._ui.address import bound
from pages._ui.cards import CHART, card, legend, nothing, number, short
from pages._ui.correlations_view import MATRICES, PAIR_KEYS, POOL, SELECTION, View, open_pair
from pages._ui.recipe import metric_help, metric_title
from pages._ui.text import literal, one_line

_NAMES = "_correlated"  # the names behind the rows of the matrix that is shown, for a click on it


def number_cards(view: View) -> None:
    """How many rows and pairs, and the pairs that go together, or against each other, most."""
    sure = sum(pair.known and pair.q_value < 0.001 for pair in view.pairs)
    any_known = any(pair.known for pair in view.pairs)
    with st.grid(4, min_column_width=200, key="cards"):
        number(
            "Rows", f"{view.rows:,}", _scope_note(view),
            help="Instructions that the coefficients are computed over. Between reward models every response to them "
            "counts, so n is up to rows × models; p takes whole instructions as what is drawn.",
        )  # fmt: skip
        number(
            "Pairs", f"{len(view.pairs):,}", f"{sure:,} with q < 0.001" if any_known else "none has a value",
            help="Off the diagonal. p is two-sided; q allows for the number of pairs (Benjamini-Hochberg). Among "
            "thousands of rows even a coefficient of 0.02 has a tiny p, so read the coefficient first.",
        )  # fmt: skip
        _extreme(view, "Most alike", most_alike(view.pairs), "highest", "above")
        _extreme(view, "Most opposed", most_opposed(view.pairs), "lowest", "below")


def _extreme(view: View, label: str, pair: Pair | None, which: str, side: str) -> None:
    value = short(round(pair.coefficient, 3)) if pair else "–"
    note = " × ".join(literal(one_line(view.titles[i], 28)) for i in (pair.first, pair.second)) if pair else "no pair"
    help = f"The pair with the {which} {view.symbol}, where one is {side} 0."
    number(label, value, note, help)


def _scope_note(view: View) -> str:
    over = view.choices.over
    return {POOL: "eligible in the pool", SELECTION: "selected in Tune"}.get(over, f"in cluster {over}")


def matrix_card(view: View, pair: tuple[int, int] | None) -> None:
    """The coefficients; a click on a cell opens its pair."""
    what = MATRICES[view.choices.matrix]
    help = (
        "Blue: one rises with the other; orange: one falls as the other rises. Hover for p, q and n "
        "(\\*\\*\\* p < 0.001, \\*\\* p < 0.01, \\* p < 0.05); click a cell to see its pair."
    )
    if view.choices.matrix == "metrics":
        help += "  \nMean reward is left out: it is difficulty with its sign turned."
    with card(f"{what} × {what[0].lower()}{what[1:]}", help=help, key="matrix_card"):
        if not possible(view):
            _say_why_not(view)
            return
        st.session_state[_NAMES] = view.found.names
        st.plotly_chart(
            heatmap(view.found, view.titles, view.symbol, pair), key="matrix", config=CHART, on_select=_open,
            selection_mode="points", alt=f"Correlation of every pair of {what.lower()}",
        )  # fmt: skip
        if view.choices.method == "kendall" and any(pair.n == KENDALL_ROWS for pair in view.pairs):
            st.caption(
                f":material/info: Kendall’s τ compares every row with every other, so it takes {KENDALL_ROWS:,} rows, "
                "evenly spaced among all that have both values."
            )


def possible(view: View) -> bool:
    """Whether there is any pair, and rows to compare it by."""
    return bool(view.pairs) and view.rows >= 3


def _say_why_not(view: View) -> None:
    what = MATRICES[view.choices.matrix].lower()
    if not view.pairs:
        nothing(
            f"A correlation needs two {what}; there are {len(view.found.names)} here. Ingest more scores:",
            "python -m precompute ingest PATH...",
        )
        return
    nothing(
        f"A correlation needs three rows; there are {view.rows:,} here. Choose “Whole pool” under Over, or “Available” "
        "under Scores and ties in Tune."
    )


def _open() -> None:
    """After a click on a cell: its row and column become the pair."""
    points = st.session_state["matrix"]["selection"]["points"]
    names = st.session_state.get(_NAMES, [])
    if points:
        row, column = int(points[0]["y"]), int(points[0]["x"])
        if row != column and max(row, column) < len(names):
            open_pair(names[column], names[row])


def pair_card(view: View) -> tuple[int, int] | None:
    """The pair's scatter under its own choice of columns. Returns (row, column) of the pair in the matrix."""
    names, keys = view.found.names, PAIR_KEYS[view.choices.matrix]
    with card(
        "One pair", help="Click a cell of the matrix, or choose here. Blue: rows that Tune selects.", key="pair_card"
    ):
        if not possible(view):
            nothing("The scatter of a pair shows here once there is one.")
            return None
        left, right = st.columns(2, gap="small")
        with left:
            x = bound(st.selectbox, "Across", names, key=keys[0], default=names[0], format_func=view.title,
                      help=_about(view, keys[0], names[0]))  # fmt: skip
        with right:
            y = bound(st.selectbox, "Up", names, key=keys[1], default=names[1], format_func=view.title,
                      help=_about(view, keys[1], names[1]))  # fmt: skip
        i, j = names.index(y), names.index(x)
        st.markdown(_sentence(view, i, j))
        figure = _scatter(str(view.build.path), f"{view.key}{x}\n{y}", view, x, y)
        st.plotly_chart(figure, key="scatter", config=CHART, alt="Every row by the two columns of the pair")
        _legend(view, x, y)
        return i, j


def _about(view: View, key: str, default: str) -> str:
    """What the column that is chosen holds."""
    if view.choices.matrix != "metrics":
        return "A column of the matrix: its scores."
    name = st.session_state.get(key, default)
    return f"{literal(metric_title(name))}: {metric_help(name)}"


def _sentence(view: View, i: int, j: int) -> str:
    found = view.found
    r, p, q, n = (float(matrix[i, j]) for matrix in (found.coefficient, found.p_value, found.q_value, found.n))
    if r != r:
        return f"No coefficient: under three rows have both values, or one is the same everywhere (n = {n:,.0f})."
    marks = stars(p).replace("*", "\\*")
    sure = f"{p_sentence(p)}   ·   {p_sentence(q, 'q')}"
    return f"**{view.symbol} = {short(round(r, 4))}** {marks}   ·   {sure}   ·   n = {n:,.0f}"


def _legend(view: View, x: str, y: str) -> None:
    """What the colours are, and how many of the rows are drawn."""
    count, chosen, shown = drawn(view.columns[x], view.columns[y], view.marked)
    what = "responses" if view.choices.matrix == "reward_models" else "rows"
    rest = f"density of all {count:,} {what}" if count > MOST_POINTS else f"{count - chosen:,} other {what}"
    part = f"{shown:,} of {chosen:,} selected" if shown < chosen else f"{chosen:,} selected"
    legend(part, rest)


@st.cache_resource(max_entries=24, show_spinner=False)
def _scatter(path: str, key: str, _view: View, x: str, y: str) -> go.Figure:
    axes = [Axis(_view.title(name), _view.columns[name]) for name in (x, y)]
    return scatter(axes[0], axes[1], _view.marked, height(len(_view.found.names)) - 148)
