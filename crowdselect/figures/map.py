"""The map: the selected rows over the picture of the whole pool."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.density import Extent
from crowdselect.figures.style import CLEAR, SELECTED, figure, label

MOST_POINTS = 20_000


def selection_map(
    points: np.ndarray, area: Extent, picture: str, names: Sequence[str], height: int = 460, pixels: float = 5.0
) -> go.Figure:
    """(k, 2) selected points, best first, the first 20,000 drawn; `picture` is the address of the pool's PNG.

    `names` (k,) appear on hover; NaN points are left out. No axes: a projection's coordinates mean nothing.
    """
    placed = np.flatnonzero(np.isfinite(points).all(axis=1))[:MOST_POINTS]
    chart = figure(height)
    chart.add_layout_image(
        source=picture, xref="x", yref="y", x=area.left, y=area.top, sizex=area.side, sizey=area.side,
        xanchor="left", yanchor="top", sizing="stretch", layer="below",
    )  # fmt: skip
    chart.add_trace(
        go.Scattergl(
            x=points[placed, 0],
            y=points[placed, 1],
            mode="markers",
            marker=go.scattergl.Marker(size=pixels, color=SELECTED, opacity=0.85),
            text=[label(names[place]) for place in placed],
            customdata=placed + 1,
            hovertemplate="#%{customdata} · %{text}<extra></extra>",
            showlegend=False,
        )
    )
    hidden = {"visible": False, "fixedrange": False}
    chart.update_xaxes(range=[area.left, area.left + area.side], **hidden)
    chart.update_yaxes(range=[area.bottom, area.top], scaleanchor="x", **hidden)
    chart.update_layout(dragmode="pan", margin={"l": 0, "r": 0, "t": 0, "b": 0}, plot_bgcolor=CLEAR)
    return chart
