"""A matrix of correlations: a cell a pair, blue where two go together, orange where one falls as the other rises."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.correlations import Correlations
from crowdselect.figures.missing import short
from crowdselect.figures.style import CLEAR, figure, label

# Colours with transparency lie on the light and on the dark page alike.
TOGETHER = [
    [0.0, "rgba(205,110,22,0.95)"],
    [0.25, "rgba(217,130,43,0.5)"],
    [0.5, "rgba(128,138,160,0.07)"],
    [0.75, "rgba(82,112,230,0.45)"],
    [1.0, "rgba(66,94,214,0.95)"],
]
OUTLINE = "#d1496b"
STRONG = 0.62  # from here on a cell is dark enough for white letters
MOST_TEXTS = 26  # more names than that leave no room for numbers


def p_text(p: float) -> str:
    """A p-value as it is; below what a float can hold, that is said."""
    if np.isnan(p):
        return "–"
    return "< 1e-300" if p < 1e-300 else f"{p:.2e}" if p < 0.001 else f"{p:.4f}"


def stars(p: float) -> str:
    """*** below 0.001, ** below 0.01, * below 0.05."""
    return "" if np.isnan(p) else "***" if p < 0.001 else "**" if p < 0.01 else "*" if p < 0.05 else ""


def heatmap(found: Correlations, titles: Sequence[str], symbol: str, pair: tuple[int, int] | None) -> go.Figure:
    """`titles` (k,) name rows and columns; `symbol` is the coefficient's; the cell of `pair` is outlined.

    Every point's customdata starts with its row and column, which is how a click is understood.
    """
    size = len(titles)
    chart = figure(max(300, min(640, 120 + 62 * size)))
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
    names = [label(title) for title in titles]
    row, column = (each.ravel() for each in np.mgrid[0:size, 0:size])
    r, p, n = found.coefficient.ravel(), found.p_value.ravel(), found.n.ravel()
    if size <= MOST_TEXTS:
        strong = np.abs(r) >= STRONG
        same = row == column
        for here, colour in ((~strong & ~same, None), (strong & ~same, "#ffffff")):
            chart.add_trace(_numbers(column[here], row[here], r[here], size, colour))
    hover = [
        f"{names[i]} × {names[j]}<br>{symbol} = {number(r[at], 3)} {stars(p[at])}<br>p {_sign(p[at])}<br>n = {n[at]:,}"
        for at, (i, j) in enumerate(zip(row, column, strict=True))
    ]
    chart.add_trace(
        go.Scatter(
            x=column,
            y=row,
            mode="markers",
            marker={"symbol": "square", "size": 22, "color": CLEAR, "opacity": 0.0},
            customdata=np.stack([row, column], axis=1),
            text=hover,
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    if pair is not None:
        _outline(chart, pair)
    ticks = {"tickmode": "array", "tickvals": np.arange(size), "showgrid": False}
    most = max(9, 100 // max(size, 1))
    chart.update_xaxes(
        ticktext=[short(title, most) for title in titles], side="top", range=[-0.5, size - 0.5],
        tickangle=0 if size <= 8 else -50, **ticks,
    )  # fmt: skip
    chart.update_yaxes(ticktext=[short(title, 28) for title in titles], range=[size - 0.5, -0.5], **ticks)
    chart.update_layout(hoverdistance=-1, margin={"t": 4, "b": 4, "r": 12})
    return chart


def number(value: float, digits: int = 2) -> str:
    """With a true minus; a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def _sign(p: float) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def _numbers(x: np.ndarray, y: np.ndarray, r: np.ndarray, size: int, colour: str | None) -> go.Scatter:
    """The coefficients in the cells; without a colour they have the page's."""
    font: dict[str, object] = {"size": 14 if size <= 8 else 11 if size <= 14 else 9}
    if colour:
        font["color"] = colour
    texts = [number(value).replace("0.", ".") if size > 14 else number(value) for value in r]
    # a selected colour of its own keeps Plotly from dimming the others after a click
    return go.Scatter(
        x=x, y=y, text=texts, mode="text", textfont=font, hoverinfo="skip", showlegend=False,
        selected={"textfont": {"color": colour or "#8f9ab3"}},
    )  # fmt: skip


def _outline(chart: go.Figure, pair: tuple[int, int]) -> None:
    row, column = pair
    for y, x in {(row, column), (column, row)}:
        line = {"color": OUTLINE, "width": 2.5 if (y, x) == (row, column) else 1, "dash": "solid"}
        chart.add_shape(type="rect", x0=x - 0.48, x1=x + 0.48, y0=y - 0.48, y1=y + 0.48, line=line)
