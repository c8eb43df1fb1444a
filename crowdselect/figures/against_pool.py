"""Several selections against the pool they come from: the means of their metrics, and how those are distributed."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.distributions import BINS, Histogram, bin_edges, shares
from crowdselect.figures.style import GRID, POOL, SELECTED, TEMPLATE, figure, label, short

COLOURS = (SELECTED, "#d9822b", "#1a9a9a", "#d1496b", "#9a63cf", "#6f9e49")  # the first selection's, then the others'


def shifts(names: Sequence[str], titles: Sequence[str], shift: np.ndarray, hover: Sequence[Sequence[str]]) -> go.Figure:
    """A dot a selection and metric: its mean's distance from the pool's. `shift` (selections, metrics)."""
    chart = figure(max(300, 90 + 62 * len(titles)))
    spread = np.linspace(-0.26, 0.26, len(names)) if len(names) > 1 else np.zeros(1)
    for place, name in enumerate(names):
        y = np.arange(len(titles)) + spread[place]
        chart.add_trace(
            go.Scatter(
                x=shift[place], y=y, mode="markers", name=short(name, 26), text=hover[place],
                marker={"size": 12 if place == 0 else 9, "color": COLOURS[place % len(COLOURS)],
                        "symbol": "diamond" if place == 0 else "circle"},
                error_x={"type": "data", "symmetric": False, "array": np.maximum(-shift[place], 0),
                         "arrayminus": np.maximum(shift[place], 0), "thickness": 1.2, "width": 0,
                         "color": COLOURS[place % len(COLOURS)]},
                hovertemplate="%{text}<extra></extra>",
            )
        )  # fmt: skip
    chart.add_vline(x=0, line={"color": POOL, "width": 1.5})
    chart.update_yaxes(
        tickmode="array", tickvals=np.arange(len(titles)), ticktext=[label(title) for title in titles],
        range=[len(titles) - 0.5, -0.5], showgrid=False,
    )  # fmt: skip
    chart.update_xaxes(
        title={"text": "standard deviations of the pool"}, showgrid=True, gridcolor=GRID, nticks=9, ticksuffix=" σ"
    )
    return chart


def outlines(
    titles: Sequence[str], pools: Sequence[Histogram], names: Sequence[str], values: Sequence[Sequence[np.ndarray]]
) -> go.Figure:
    """A small chart a metric: the pool filled in grey, each selection a line. `values[selection][metric]` (rows,)."""
    columns = 3
    lines = max(1, -(-len(titles) // columns))
    chart = make_subplots(
        rows=lines, cols=columns, subplot_titles=[label(title) for title in titles], horizontal_spacing=0.05,
        vertical_spacing=0.2 if lines < 3 else 0.5 / lines,
    )  # fmt: skip
    for place, (pool, metric) in enumerate(zip(pools, titles, strict=True)):
        row, column = place // columns + 1, place % columns + 1
        middles = (pool.edges[1:] + pool.edges[:-1]) / 2
        series = [("Pool", pool.shares, POOL), *(
            (short(name, 26), shares(values[each][place], pool.edges), COLOURS[each % len(COLOURS)])
            for each, name in enumerate(names)
        )]  # fmt: skip
        for name, share, colour in series:
            whole = name == "Pool"
            chart.add_trace(
                go.Scatter(
                    x=middles, y=share, name=name, legendgroup=name, showlegend=place == 0, mode="lines",
                    line={"color": colour, "width": 1 if whole else 1.7, "shape": "hvh"},
                    fill="tozeroy" if whole else None, fillcolor="rgba(143,154,179,0.25)",
                    hovertemplate=f"{name}, {label(metric)} %{{x:.3~g}}: %{{y:.1%}}<extra></extra>",
                ),
                row=row, col=column,
            )  # fmt: skip
    chart.update_layout(template=TEMPLATE, height=60 + 210 * lines, margin={"t": 56, "b": 4}, legend={"y": 1.1})
    chart.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    chart.update_xaxes(nticks=6)
    chart.update_annotations(font_size=12)
    return chart


def pool_bins(values: np.ndarray) -> Histogram:
    """The pool's histogram; of whole numbers with bins of a whole width, so that no bin is empty by its place alone."""
    edges = bin_edges(values)
    finite = values[np.isfinite(values)]
    if len(finite) and (finite == np.round(finite)).all():
        width = max(1, int(np.ceil((edges[-1] - edges[0]) / BINS)))
        edges = np.arange(np.floor(edges[0]) - 0.5, np.ceil(edges[-1]) + 0.5 + width, width)
    return Histogram(edges, shares(values, edges))
