"""How sure each row of a selection is: the share of resamples that choose it, the surest first."""

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import GRID, POOL, SELECTED, WARNING, figure

MOST_POINTS = 1_500


def inclusion_curve(selected: np.ndarray, others: np.ndarray, share: float) -> go.Figure:
    """`selected` and `others` hold shares of resamples (0 to 1) of rows in the selection, and of rows beside it that
    any resample chose. `share` is that of a core row."""
    chart = figure(430)
    for values, name, colour in ((selected, "Selected rows", SELECTED), (others, "Rows beside it", POOL)):
        falling = np.sort(values)[::-1]
        places = np.unique(np.linspace(0, max(len(falling) - 1, 0), MOST_POINTS).astype(np.int64))[: len(falling)]
        chart.add_trace(
            go.Scatter(
                x=places + 1, y=100.0 * falling[places] if len(falling) else [], name=name, mode="lines",
                line={"color": colour, "width": 2.5, "shape": "hv"}, fill="tozeroy" if colour == SELECTED else None,
                fillcolor="rgba(82,112,230,0.12)",
                hovertemplate="%{x:,} rows are in at least %{y:.1f} % of the resamples<extra></extra>",
            )
        )  # fmt: skip
    chart.add_hline(y=100.0 * share, line={"color": WARNING, "width": 1.5, "dash": "dash"})
    chart.update_yaxes(title="% of resamples", range=[0, 103], showgrid=True, gridcolor=GRID)
    chart.update_xaxes(title="rows, the surest first", rangemode="tozero", tickformat=",")
    return chart
