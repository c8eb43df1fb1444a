"""Distributions: each metric over the pool, and over the selection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.style import POOL, SELECTED, TEMPLATE, label

BINS = 40


@dataclass(frozen=True)
class Histogram:
    """The pool's shares (bins,) between `edges` (bins + 1,). It changes with no weight, so it can be kept."""

    edges: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Distribution:
    """One metric's title, its histogram over the pool, and its values over the selection; NaN is left out."""

    title: str
    pool: Histogram
    selected: np.ndarray


def distributions(shown: Sequence[Distribution], row_height: int = 128) -> go.Figure:
    """One row a metric: shares of the rows in 40 bins, the pool in grey, the selection in the accent colour."""
    chart = make_subplots(
        rows=max(len(shown), 1), cols=1, vertical_spacing=0.16 if len(shown) < 4 else 0.42 / len(shown),
        subplot_titles=[label(one.title) for one in shown],
    )  # fmt: skip
    for row, one in enumerate(shown, start=1):
        edges = one.pool.edges
        step = float(edges[1] - edges[0])
        for name, share, colour, fill in (
            ("Pool", one.pool.shares, POOL, "rgba(143,154,179,0.28)"),
            ("Selection", shares(one.selected, edges), SELECTED, "rgba(82,112,230,0.30)"),
        ):
            chart.add_trace(
                go.Scatter(
                    x0=float(edges[0] + step / 2), dx=step, y=share.astype(np.float32), name=name, legendgroup=name,
                    showlegend=row == 1, mode="lines", line={"color": colour, "width": 1.6, "shape": "hvh"},
                    fill="tozeroy", fillcolor=fill, hovertemplate="%{x:.3~g}: %{y:.1%}",
                ),
                row=row, col=1,
            )  # fmt: skip
    chart.update_layout(
        template=TEMPLATE, height=max(len(shown), 1) * row_height + 40, hovermode="x unified",
        legend={"y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"}, margin={"t": 34, "b": 4},
    )  # fmt: skip
    chart.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    chart.update_xaxes(nticks=6)
    chart.update_annotations(x=0, xanchor="left", font_size=12)
    return chart


def histogram(values: np.ndarray) -> Histogram:
    """Of a metric over the pool, (n,)."""
    edges = bin_edges(values)
    return Histogram(edges, shares(values, edges))


def bin_edges(values: np.ndarray, bins: int = BINS) -> np.ndarray:
    """bins + 1 edges over the finite values, from the 0.1th to the 99.9th percentile; the rest join the end ones."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.linspace(0.0, 1.0, bins + 1)
    low, high = np.quantile(finite, [0.001, 0.999])
    if not high > low:
        low, high = float(low) - 0.5, float(high) + 0.5
    return np.linspace(low, high, bins + 1)


def shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The share of the finite values in each bin, those outside counted in the end bins; zeros where there are none."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(np.clip(finite, edges[0], edges[-1]), edges)
    return counts / max(len(finite), 1)
