"""How a reward model's scores are spread, for each model of the crowd."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import SELECTED, figure, label, short

POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)


def score_spread(models: Sequence[str], scores: np.ndarray) -> go.Figure:
    """A box a model: 5th, 25th, 50th, 75th and 95th percentile, best median first; (models, n), NaN left out."""
    boxes = np.full((len(models), len(POINTS)), np.nan)
    for row, values in enumerate(scores):
        finite = values[np.isfinite(values)]
        if len(finite):
            boxes[row] = np.quantile(finite, POINTS)
    order = np.argsort(np.where(np.isnan(boxes[:, 2]), np.inf, -boxes[:, 2]), kind="stable")
    names = [models[row] for row in order]
    boxes = boxes[order]
    chart = figure(max(120, 60 + 21 * len(names)))
    chart.add_trace(
        go.Box(
            y=np.arange(len(names)),
            lowerfence=boxes[:, 0],
            q1=boxes[:, 1],
            median=boxes[:, 2],
            q3=boxes[:, 3],
            upperfence=boxes[:, 4],
            orientation="h",
            marker=go.box.Marker(color=SELECTED),
            line=go.box.Line(width=1.2),
            width=0.55,
            customdata=[label(name) for name in names],
            showlegend=False,
            hoverinfo="x",
            name="score",
        )
    )
    chart.update_yaxes(
        tickmode="array", tickvals=np.arange(len(names)), ticktext=[short(name, 36) for name in names],
        autorange="reversed", showgrid=False,
    )  # fmt: skip
    chart.update_xaxes(showgrid=True, gridcolor="rgba(128,138,160,0.18)")
    return chart
