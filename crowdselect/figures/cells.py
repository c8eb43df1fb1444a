"""The cells of a matrix: their colours, their texts (white where a cell is dark), what hovering says."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import room, still

WHITE = "#ffffff"
LINE = 15  # pixels a line of a label
# Streamlit's charts stand this for the strongest text colour of the theme that is on; anywhere else it is near black.
INK = "#000037"
SHADES = [[0.0, "rgba(128,138,160,0.07)"], [0.49, "rgba(82,112,230,0.34)"], [0.5, "rgba(76,106,226,0.78)"],
          [1.0, "rgba(58,86,205,0.98)"]]  # fmt: skip


def add_texts(chart: go.Figure, texts: np.ndarray, dark: np.ndarray, there: np.ndarray, font_size: int) -> None:
    """`texts`, `dark` and `there` are (rows, columns); a cell shows its text where `there`."""
    for here, colour in ((there & ~dark, INK), (there & dark, WHITE)):
        rows, columns = np.nonzero(here)
        # a selected colour of its own keeps Plotly from dimming the texts after a click
        chart.add_trace(
            go.Scatter(
                x=columns, y=rows, text=texts[here], mode="text", textfont={"size": font_size, "color": colour},
                hoverinfo="skip", showlegend=False, selected={"textfont": {"color": colour}},
            )
        )  # fmt: skip


def add_hover(chart: go.Figure, hover: Sequence[Sequence[str]]) -> None:
    """An invisible point a cell, whose y is its row and x its column: it carries the hover text and takes the click."""
    rows, columns = len(hover), len(hover[0]) if hover else 0
    y, x = (each.ravel() for each in np.mgrid[0:rows, 0:columns])
    chart.add_trace(
        go.Scatter(
            x=x, y=y, mode="markers", marker={"symbol": "square", "size": 22, "opacity": 0.0},
            text=[text for row in hover for text in row], hovertemplate="%{text}<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    chart.update_layout(hoverdistance=-1)


def add_cells(chart: go.Figure, z: np.ndarray, scale: list, low: float, high: float) -> None:
    """A coloured cell a value of z (rows, columns); NaN stays empty."""
    chart.add_trace(
        go.Heatmap(
            z=z, x=np.arange(z.shape[1]), y=np.arange(z.shape[0]), zmin=low, zmax=high, colorscale=scale,
            showscale=False, xgap=2, ygap=2, hoverinfo="skip",
        )
    )  # fmt: skip


def label_axes(chart: go.Figure, across: list[str], down: list[str], angle: int) -> None:
    """The columns' names above, the rows' at the left, the first row on top. The margins are given: see `still`."""
    ticks = {"tickmode": "array", "showgrid": False, "automargin": False}
    chart.update_xaxes(
        tickvals=np.arange(len(across)), ticktext=across, side="top", ticklabeloverflow="allow",
        tickangle=angle, range=[-0.5, len(across) - 0.5],
        **ticks,
    )  # fmt: skip
    chart.update_yaxes(tickvals=np.arange(len(down)), ticktext=down, range=[len(down) - 0.5, -0.5], **ticks)
    chart.update_layout(margin=_margin(across, down, math.radians(abs(angle))))


def _margin(across: list[str], down: list[str], slope: float) -> dict[str, Any]:
    """What the names take: those of the columns stand over them, and aslant the last one leans out at the right."""
    lines = 1 + max((name.count("<br>") for name in across), default=0)
    above = room(across) * math.sin(slope) + lines * LINE * math.cos(slope)
    return still(left=room(down), top=8 + math.ceil(above), bottom=8) | {"r": 76 if slope else 8}
