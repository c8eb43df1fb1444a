"""Coverage: what share of the selection each cluster gives, beside its share of the pool."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.prepared import Prepared, packed, renewed
from crowdselect.figures.style import POOL, SELECTED, figure, label, short, still

FEW = 8  # clusters whose names fit under their bars
MOST_MARKS = 16  # below the bars, so that they stand clear of each other


def coverage(
    labels: Sequence[int], names: Sequence[str], pool: np.ndarray, selected: np.ndarray, height: int = 260
) -> Prepared:
    """Two bars a cluster, from row counts (k,): its share of the pool and of the selection, the counts on hover.

    `names` may be empty texts. Many clusters are marked by their labels, of which some stand there; hover names each.
    """
    frame = _frame(tuple(labels), tuple(names), height)
    bars = []
    for counts in (pool, selected):
        share = (counts / max(int(counts.sum()), 1)).astype(np.float32)
        bars.append({"y": packed(share), "customdata": packed(counts.astype(np.int32))})
    return renewed(frame, bars)


@functools.lru_cache(maxsize=32)
def _frame(labels: tuple[int, ...], names: tuple[str, ...], height: int) -> dict[str, Any]:
    """All but the numbers: kept from change to change."""
    chart = figure(height)
    ticks = [f"{number} · {name}" if name else str(number) for number, name in zip(labels, names, strict=True)]
    for series, colour in (("Pool", POOL), ("Selection", SELECTED)):
        chart.add_trace(
            go.Bar(
                x=np.arange(len(ticks)),
                name=series,
                marker=go.bar.Marker(color=colour, cornerradius=2),
                hovertext=[label(tick) for tick in ticks],
                hovertemplate="cluster %{hovertext}: %{customdata:,} rows, %{y:.1%}",
            )
        )
    marks = [short(tick, 22) for tick in ticks] if len(ticks) <= FEW else [str(number) for number in labels]
    every = -(-len(ticks) // MOST_MARKS) or 1
    chart.update_xaxes(
        tickmode="array", tickvals=np.arange(len(ticks))[::every], ticktext=marks[::every], tickangle=0,
        automargin=False,
    )  # fmt: skip
    chart.update_yaxes(tickformat=".0%", nticks=5, automargin=False)
    chart.update_layout(barmode="group", margin=still(left=40, top=8, bottom=24), showlegend=False)
    return chart.to_dict()
