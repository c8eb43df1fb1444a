"""Numbers in the cells of a matrix: white where the cell is dark, else in the page's own colour."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

WHITE = "#ffffff"


def add_texts(chart: go.Figure, texts: np.ndarray, dark: np.ndarray, there: np.ndarray, font_size: int) -> None:
    """`texts`, `dark` and `there` are (rows, columns); a cell shows its text where `there`."""
    for here, colour in ((there & ~dark, None), (there & dark, WHITE)):
        rows, columns = np.nonzero(here)
        font: dict[str, object] = {"size": font_size} | ({"color": colour} if colour else {})
        # a selected colour of its own keeps Plotly from dimming the texts after a click
        chart.add_trace(
            go.Scatter(
                x=columns, y=rows, text=texts[here], mode="text", textfont=font, hoverinfo="skip", showlegend=False,
                selected={"textfont": {"color": colour or "#8f9ab3"}},
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
