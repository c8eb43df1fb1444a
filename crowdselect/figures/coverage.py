"""Coverage: what share of the selection each cluster gives, beside its share of the pool."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import POOL, SELECTED, figure, label, short

FEW = 8  # clusters whose names fit under their bars


def coverage(
    labels: Sequence[int], names: Sequence[str], pool: np.ndarray, selected: np.ndarray, height: int = 260
) -> go.Figure:
    """Two bars a cluster, from row counts (k,): its share of the pool and of the selection, the counts on hover.

    `names` may be empty texts. Many clusters are marked by their labels, and named on hover.
    """
    chart = figure(height)
    ticks = [f"{number} · {label(name)}" if name else str(number) for number, name in zip(labels, names, strict=True)]
    for series, counts, colour in (("Pool", pool, POOL), ("Selection", selected, SELECTED)):
        chart.add_trace(
            go.Bar(
                x=np.arange(len(ticks)),
                y=(counts / max(int(counts.sum()), 1)).astype(np.float32),
                name=series,
                marker=go.bar.Marker(color=colour, cornerradius=2),
                customdata=np.stack([counts, np.asarray(ticks, dtype=object)], axis=1) if len(ticks) else None,
                hovertemplate="cluster %{customdata[1]}: %{customdata[0]:,} rows, %{y:.1%}",
            )
        )
    marks = [short(tick, 22) for tick in ticks] if len(ticks) <= FEW else [str(number) for number in labels]
    chart.update_xaxes(tickmode="array", tickvals=np.arange(len(ticks)), ticktext=marks, tickangle=0)
    chart.update_yaxes(tickformat=".0%", nticks=5)
    chart.update_layout(barmode="group", margin={"t": 28}, legend={"x": 1.0, "xanchor": "right"})
    return chart
