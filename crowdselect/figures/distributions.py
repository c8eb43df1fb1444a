"""Distributions: each metric over the pool, and over the selection."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.prepared import Prepared, packed, renewed
from crowdselect.figures.style import POOL, SELECTED, TEMPLATE, label, still

BINS = 40
SERIES = (("Pool", POOL, "rgba(143,154,179,0.28)"), ("Selection", SELECTED, "rgba(82,112,230,0.30)"))


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


def distributions(shown: Sequence[Distribution], row_height: int = 128) -> Prepared:
    """One row a metric: shares of the rows in 40 bins, the pool in grey, the selection in the accent colour."""
    frame = _frame(tuple(one.title for one in shown), row_height)
    curves = []
    for one in shown:
        edges = one.pool.edges
        step = float(edges[1] - edges[0])
        for share in (one.pool.shares, shares(one.selected, edges)):
            curves.append({"x0": float(edges[0] + step / 2), "dx": step, "y": packed(share.astype(np.float32))})
    return renewed(frame, curves)


@functools.lru_cache(maxsize=32)
def _frame(titles: tuple[str, ...], row_height: int) -> dict[str, Any]:
    """All but the numbers, which is nearly all of the time that a figure takes: kept from change to change."""
    rows = max(len(titles), 1)
    chart = make_subplots(
        rows=rows, cols=1, vertical_spacing=0.16 if rows < 4 else 0.42 / rows,
        subplot_titles=[label(title) for title in titles],
    )  # fmt: skip
    for row in range(1, len(titles) + 1):
        for name, colour, fill in SERIES:
            chart.add_trace(
                go.Scatter(
                    name=name, mode="lines",
                    line={"color": colour, "width": 1.6, "shape": "hvh"}, fill="tozeroy", fillcolor=fill,
                    hovertemplate="%{x:.3~g}: %{y:.1%}",
                ),
                row=row, col=1,
            )  # fmt: skip
    chart.update_layout(
        template=TEMPLATE, height=rows * row_height + 40, hovermode="x unified", showlegend=False,
        margin=still(left=8, top=22, bottom=24),
    )  # fmt: skip
    chart.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero", automargin=False)
    chart.update_xaxes(nticks=6, automargin=False)
    chart.update_annotations(x=0, xanchor="left", font_size=12)
    return chart.to_dict()


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
