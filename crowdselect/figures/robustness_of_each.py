"""How much of each selection another crowd would choose: the expected Jaccard index with its interval."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import GRID, SELECTED, figure, label, short


def robustness_of_each(
    names: Sequence[str], expected: np.ndarray, low: np.ndarray, high: np.ndarray, core: np.ndarray
) -> go.Figure:
    """A dot a selection on 0 to 1, with a line from `low` to `high`; all (k,), NaN where there is none."""
    chart = figure(60 + 26 * max(len(names), 2))
    y = np.arange(len(names))
    said = [
        f"{label(name)}<br>expected Jaccard {middle:.3f}<br>95 % interval {start:.3f} to {end:.3f}<br>"
        f"core: {kept:,.0f} rows"
        for name, middle, start, end, kept in zip(names, expected, low, high, core, strict=True)
    ]
    chart.add_trace(
        go.Scatter(
            x=expected, y=y, mode="markers", marker={"size": 9, "color": SELECTED}, text=said,
            hovertemplate="%{text}<extra></extra>", showlegend=False,
            error_x={"type": "data", "symmetric": False, "array": high - expected, "arrayminus": expected - low,
                     "thickness": 2, "width": 4, "color": SELECTED},
        )
    )  # fmt: skip
    chart.update_yaxes(
        tickmode="array", tickvals=y, ticktext=[short(name, 26) for name in names], range=[len(names) - 0.5, -0.5],
        showgrid=False,
    )  # fmt: skip
    chart.update_xaxes(range=[-0.01, 1.02], showgrid=True, gridcolor=GRID, nticks=11)
    return chart
