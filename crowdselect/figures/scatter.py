"""One pair of columns: where the rows lie, and where those of the selection do."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.style import POOL, SELECTED, figure, label

MOST_POINTS = 20_000  # a browser's share; beyond it the pool is drawn by density
BINS = 72
CLOUD = [[0.0, "rgba(143,154,179,0.10)"], [0.35, "rgba(143,154,179,0.42)"], [1.0, "rgba(120,132,162,0.95)"]]


@dataclass(frozen=True)
class Axis:
    """One column: its title, and its values (n,) with NaN where there is none."""

    title: str
    values: np.ndarray


def scatter(x: Axis, y: Axis, selected: np.ndarray, height: int = 460) -> go.Figure:
    """Rows with both values, `selected` (n,) bool in the accent colour; never more than 20,000 points in all."""
    there = ~(np.isnan(x.values) | np.isnan(y.values))
    chosen, others = np.flatnonzero(there & selected), np.flatnonzero(there & ~selected)
    chart = figure(height)
    if len(chosen) + len(others) > MOST_POINTS:
        chart.add_trace(_density(x.values[there], y.values[there]))
    else:
        chart.add_trace(_points(x, y, others, POOL, 0.55, "other rows"))
    chosen = evenly(chosen, MOST_POINTS)
    chart.add_trace(_points(x, y, chosen, SELECTED, 0.85 if len(chosen) < 3000 else 0.4, "selected"))
    for axes, axis, values in ((chart.update_xaxes, x, x.values[there]), (chart.update_yaxes, y, y.values[there])):
        axes(
            title={"text": label(axis.title), "standoff": 8},
            nticks=7,
            showgrid=True,
            gridcolor="rgba(128,138,160,0.14)",
        )
        if len(values):
            axes(range=_range(values))
    chart.update_layout(margin={"t": 8, "r": 12}, showlegend=False)
    return chart


def drawn(x: np.ndarray, y: np.ndarray, selected: np.ndarray) -> tuple[int, int, int]:
    """(rows with both values, selected ones among them, selected points drawn)."""
    there = ~(np.isnan(x) | np.isnan(y))
    marked = int((there & selected).sum())
    return int(there.sum()), marked, min(marked, MOST_POINTS)


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly spaced, so that every stretch of the pool is there."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def _points(x: Axis, y: Axis, rows: np.ndarray, colour: str, opacity: float, name: str) -> go.Scattergl:
    marker = go.scattergl.Marker(size=4 if len(rows) > 2000 else 5.5, color=colour, opacity=opacity)
    return go.Scattergl(
        x=x.values[rows].astype(np.float32), y=y.values[rows].astype(np.float32), mode="markers", marker=marker,
        name=name, hovertemplate="%{x:.4~g}, %{y:.4~g}<extra>" + name + "</extra>",
    )  # fmt: skip


def _density(x: np.ndarray, y: np.ndarray) -> go.Heatmap:
    """How many rows lie in each of 72 x 72 cells; the colour goes by the square root, so that thin places show."""
    (left, right), (low, high) = _range(x), _range(y)
    place = _bins(x, left, right) * BINS + _bins(y, low, high)
    counts = np.bincount(place, minlength=BINS * BINS).reshape(BINS, BINS)
    filled = np.where(counts > 0, counts, np.nan).T
    return go.Heatmap(
        x=_middles(left, right), y=_middles(low, high), z=np.sqrt(filled), customdata=filled,
        colorscale=CLOUD, showscale=False, hoverongaps=False,
        hovertemplate="%{customdata:,} rows near %{x:.4~g}, %{y:.4~g}<extra></extra>",
    )  # fmt: skip


def _bins(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Which of the 72 bins each value is in; far values are in the outermost."""
    return np.clip((values - low) * (BINS / (high - low)), 0, BINS - 1).astype(np.int32)


def _middles(low: float, high: float) -> np.ndarray:
    return low + (np.arange(BINS) + 0.5) * (high - low) / BINS


def _range(values: np.ndarray) -> list[float]:
    """From the 0.05th to the 99.95th percentile with a margin, so that one far point does not flatten the rest."""
    low, high = (float(edge) for edge in np.quantile(values, [0.0005, 0.9995]))
    margin = (high - low) * 0.04 or 0.5
    return [low - margin, high + margin]
