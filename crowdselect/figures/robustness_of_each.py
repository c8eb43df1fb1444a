"""How much of each selection another crowd would choose: the bounds of the expected Jaccard index."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import GRID, SELECTED, figure, label, short


def robustness_of_each(names: Sequence[str], low: np.ndarray, high: np.ndarray, core: np.ndarray) -> go.Figure:
    """A bar a selection on 0 to 1, from `low` to `high`; all (k,), NaN where there is none."""
    chart = figure(60 + 26 * max(len(names), 2))
    y = np.arange(len(names))
    said = [
        f"{label(name)}<br>expected Jaccard {start:.3f} to {end:.3f}<br>core: {kept:,.0f} rows"
        for name, start, end, kept in zip(names, low, high, core, strict=True)
    ]
    for nth, ends in enumerate(zip(low, high, strict=True)):
        chart.add_trace(
            go.Scatter(
                x=ends, y=[y[nth]] * 2, mode="lines+markers", text=[said[nth]] * 2, showlegend=False,
                marker={"symbol": "line-ns", "size": 11, "color": SELECTED, "line": {"width": 2, "color": SELECTED}},
                line={"color": SELECTED, "width": 5}, hovertemplate="%{text}<extra></extra>",
            )
        )  # fmt: skip
    chart.update_yaxes(
        tickmode="array", tickvals=y, ticktext=[short(name, 26) for name in names], range=[len(names) - 0.5, -0.5],
        showgrid=False,
    )  # fmt: skip
    chart.update_xaxes(range=[-0.01, 1.02], showgrid=True, gridcolor=GRID, nticks=11)
    return chart
