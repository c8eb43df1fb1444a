"""A matrix of correlations: a cell a pair, blue where two go together, orange where one falls as the other rises."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.correlation_pairs import p_sentence, stars
from crowdselect.correlations import Correlations
from crowdselect.figures.cells import add_hover, add_texts
from crowdselect.figures.style import figure, label, short

# Colours with transparency lie on the light and on the dark page alike. The step is where letters turn white.
TOGETHER = [
    [0.0, "rgba(196,98,12,0.98)"],
    [0.248, "rgba(212,122,34,0.80)"],
    [0.252, "rgba(217,130,43,0.34)"],
    [0.5, "rgba(128,138,160,0.07)"],
    [0.748, "rgba(82,112,230,0.34)"],
    [0.752, "rgba(76,106,226,0.80)"],
    [1.0, "rgba(58,86,205,0.98)"],
]
OUTLINE = "#d1496b"
STRONG = 0.5  # from here on a cell is dark enough for white letters
MOST_TEXTS = 26  # more names than that leave no room for numbers


def heatmap(found: Correlations, titles: Sequence[str], symbol: str, pair: tuple[int, int] | None) -> go.Figure:
    """`titles` (k,) name rows and columns; `symbol` is the coefficient's; the cell of `pair` is outlined.

    Every cell is a point whose y is its row and whose x is its column: so a click is understood.
    """
    size = len(titles)
    chart = figure(height(size))
    off = found.coefficient.copy()
    np.fill_diagonal(off, np.nan)
    chart.add_trace(
        go.Heatmap(
            z=off,
            x=np.arange(size),
            y=np.arange(size),
            zmin=-1.0,
            zmax=1.0,
            colorscale=TOGETHER,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    if size <= MOST_TEXTS:
        texts = np.array([[cell_text(r, size) for r in row] for row in found.coefficient], dtype=object)
        dark = np.abs(found.coefficient) >= STRONG
        add_texts(chart, texts, dark, ~np.eye(size, dtype=bool), 14 if size <= 8 else 11 if size <= 14 else 9)
    names = [label(title) for title in titles]
    hover = [[_hover(found, names, symbol, i, j) for j in range(size)] for i in range(size)]
    add_hover(chart, hover)
    if pair is not None:
        _outline(chart, pair)
    ticks = {"tickmode": "array", "tickvals": np.arange(size), "showgrid": False}
    chart.update_xaxes(
        ticktext=[wrapped(title) if size <= 8 else short(title, 30) for title in titles],
        side="top", range=[-0.5, size - 0.5], tickangle=0 if size <= 8 else -50, ticklabeloverflow="allow", **ticks,
    )  # fmt: skip
    chart.update_yaxes(ticktext=[short(title, 32) for title in titles], range=[size - 0.5, -0.5], **ticks)
    chart.update_layout(margin={"t": 4, "b": 4, "r": 12 if size <= 8 else 52})
    return chart


def height(size: int) -> int:
    """Pixels for a matrix of so many names."""
    return max(540, min(690, 120 + 62 * size))


def wrapped(title: str, line: int = 12) -> str:
    """A column's title in two lines at most."""
    words = title.replace("-", "- ").split()
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > line and len(lines) < 2:
            lines.append("")
        lines[-1] += ("" if not lines[-1] or lines[-1].endswith("-") else " ") + word
    return "<br>".join(short(text, line + 3) for text in lines)


def number(value: float, digits: int = 2) -> str:
    """With a true minus, and none before zero; a dash where there is none."""
    text = "–" if np.isnan(value) else f"{value:.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text.replace("-", "−")


def cell_text(r: float, size: int) -> str:
    """Without its leading zero where the cells are small."""
    return number(r).replace("0.", ".") if size > 14 else number(r)


def _hover(found: Correlations, names: Sequence[str], symbol: str, i: int, j: int) -> str:
    r, p, q = found.coefficient[i, j], found.p_value[i, j], found.q_value[i, j]
    return (
        f"{names[i]} × {names[j]}<br>{symbol} = {number(r, 3)} {stars(p)}<br>{p_sentence(p)}, {p_sentence(q, 'q')}<br>"
        f"n = {found.n[i, j]:,}"
    )


def _outline(chart: go.Figure, pair: tuple[int, int]) -> None:
    row, column = pair
    for y, x in {(row, column), (column, row)}:
        line = {"color": OUTLINE, "width": 2.5 if (y, x) == (row, column) else 1, "dash": "solid"}
        chart.add_shape(type="rect", x0=x - 0.48, x1=x + 0.48, y0=y - 0.48, y1=y + 0.48, line=line)
