"""Missing scores: model by reward model."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import GRID, figure, label, short

DEEP = "#c06f1c"  # on the light and on the dark cell alike


def missing_scores(models: Sequence[str], reward_models: Sequence[str], share: np.ndarray) -> go.Figure:
    """A cell a model and reward model, darker the more rows lack that score; (models, reward models), 0 to 1."""
    chart = figure(max(120, 60 + 21 * len(models)))
    chart.add_trace(
        go.Heatmap(
            z=share,
            x=np.arange(len(reward_models)),
            y=np.arange(len(models)),
            zmin=0.0,
            zmax=1.0,
            colorscale=[[0.0, GRID], [1e-9, "rgba(217,130,43,0.25)"], [1.0, "rgba(217,130,43,0.75)"]],
            showscale=False,
            xgap=3,
            ygap=3,
            text=[[f"{cell:.1%}" if cell else "" for cell in row] for row in share],
            texttemplate="%{text}",
            textfont=go.heatmap.Textfont(color=DEEP),
            customdata=[[label(model)] * len(reward_models) for model in models],
            hovertemplate="%{customdata}: %{z:.1%} missing<extra></extra>",
        )
    )
    chart.update_xaxes(
        tickmode="array",
        tickvals=np.arange(len(reward_models)),
        ticktext=[short(name, max(12, 54 // len(reward_models))) for name in reward_models],
        side="top",
    )
    chart.update_yaxes(
        tickmode="array",
        tickvals=np.arange(len(models)),
        ticktext=[short(name, 36) for name in models],
        autorange="reversed",
    )
    chart.update_yaxes(showgrid=False)
    return chart
