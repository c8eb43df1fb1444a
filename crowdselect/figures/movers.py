"""What a selection depends on most: a bar for each part that was left out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from crowdselect.figures.style import GRID, SELECTED, figure, label, short
from crowdselect.trust import Mover

BAR = 24  # pixels each


def movers_figure(movers: Sequence[Mover]) -> go.Figure:
    """1 - Jaccard index of the selection without each part, in the order given, the first on top."""
    chart = figure(50 + BAR * max(len(movers), 3))
    places = list(range(len(movers)))
    chart.add_trace(
        go.Bar(
            x=[mover.distance for mover in movers], y=places, orientation="h", showlegend=False,
            marker=go.bar.Marker(color=SELECTED, cornerradius=3),
            text=[f"{mover.distance:.3f}" for mover in movers], textposition="outside", cliponaxis=False,
            customdata=[
                f"{label(mover.name)}<br>1 − Jaccard {mover.distance:.4f}<br>{len(mover.gone):,} rows go, "
                f"{len(mover.came):,} come"
                for mover in movers
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    names = [short(mover.name, 30) for mover in movers]
    chart.update_yaxes(
        tickmode="array", tickvals=places, ticktext=names, range=[len(movers) - 0.5, -0.5], showgrid=False
    )
    most = max((mover.distance for mover in movers), default=0.0)
    chart.update_xaxes(range=[0, max(most * 1.18, 0.01)], showgrid=True, gridcolor=GRID, nticks=6)
    return chart
