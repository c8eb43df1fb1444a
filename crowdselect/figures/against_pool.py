"""Several selections against the pool they come from: the means of their metrics, and how those are distributed."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.distributions import BINS, Histogram, bin_edges, shares
from crowdselect.figures.prepared import Prepared, packed, renewed
from crowdselect.figures.style import GRID, POOL, SELECTED, TEMPLATE, figure, label, room, short

POOLS = ("Pool", POOL)  # its name and colour
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
        tickmode="array", tickvals=np.arange(len(titles)), ticktext=(down := [label(title) for title in titles]),
        range=[len(titles) - 0.5, -0.5], showgrid=False, automargin=False,
    )  # fmt: skip
    chart.update_xaxes(
        title={"text": "standard deviations of the pool"},
        showgrid=True,
        gridcolor=GRID,
        nticks=9,
        ticksuffix=" σ",
        automargin=False,
    )
    chart.update_layout(margin={"l": room(down), "b": 44})
    return chart


def outlines(
    titles: Sequence[str], pools: Sequence[Histogram], names: Sequence[str], values: Sequence[Sequence[np.ndarray]]
) -> Prepared:
    """A small chart a metric: the pool filled in grey, each selection a line. `values[selection][metric]` (rows,)."""
    curves = []
    for place, pool in enumerate(pools):
        middles = packed(((pool.edges[1:] + pool.edges[:-1]) / 2).astype(np.float32))
        each_selection = (shares(of[place], pool.edges) for of in values)
        curves += [{"x": middles, "y": packed(each.astype(np.float32))} for each in (pool.shares, *each_selection)]
    return renewed(_small_charts(tuple(titles), tuple(names)), curves)


@functools.lru_cache(maxsize=32)
def _small_charts(titles: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """All but the numbers of `outlines`, which is nearly all of the time that it takes: kept from run to run."""
    columns = 3
    lines = max(1, -(-len(titles) // columns))
    chart = make_subplots(
        rows=lines, cols=columns, subplot_titles=[label(title) for title in titles], horizontal_spacing=0.05,
        vertical_spacing=0.2 if lines < 3 else 0.5 / lines,
    )  # fmt: skip
    coloured = [(short(name, 26), COLOURS[place % len(COLOURS)]) for place, name in enumerate(names)]
    for place, title in enumerate(titles):
        for name, colour in (POOLS, *coloured):
            whole = (name, colour) == POOLS
            chart.add_trace(
                go.Scatter(
                    name=name, legendgroup=name, showlegend=place == 0, mode="lines",
                    line={"color": colour, "width": 1 if whole else 1.7, "shape": "hvh"},
                    fill="tozeroy" if whole else None, fillcolor="rgba(143,154,179,0.25)",
                    hovertemplate=f"{name}, {label(title)} %{{x:.3~g}}: %{{y:.1%}}<extra></extra>",
                ),
                row=place // columns + 1, col=place % columns + 1,
            )  # fmt: skip
    chart.update_layout(template=TEMPLATE, height=60 + 210 * lines, margin={"t": 56, "b": 24}, legend={"y": 1.1})
    chart.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero", automargin=False)
    chart.update_xaxes(nticks=6, automargin=False)
    chart.update_annotations(font_size=12)
    return chart.to_dict()


def pool_bins(values: np.ndarray) -> Histogram:
    """The pool's histogram; of whole numbers with bins of a whole width, so that no bin is empty by its place alone."""
    edges = bin_edges(values)
    finite = values[np.isfinite(values)]
    if len(finite) and (finite == np.round(finite)).all():
        width = max(1, int(np.ceil((edges[-1] - edges[0]) / BINS)))
        edges = np.arange(np.floor(edges[0]) - 0.5, np.ceil(edges[-1]) + 0.5 + width, width)
    return Histogram(edges, shares(values, edges))
