"""Many selections against their pool, where dots and lines of so many colours could not be told apart."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.cells import add_cells, add_hover, add_texts, label_axes
from crowdselect.figures.shares import MORE
from crowdselect.figures.style import POOL, SELECTED, TEMPLATE, figure, label, short

FULL = 1.5  # standard deviations at which a colour is at its strongest
SPREAD = (5, 25, 50, 75, 95)  # percentiles


def shift_cells(
    names: Sequence[str], titles: Sequence[str], shift: np.ndarray, hover: Sequence[Sequence[str]]
) -> go.Figure:
    """A cell a selection and metric: how far its mean lies from the pool's, in σ; `shift` (selections, metrics)."""
    chart = figure(70 + 30 * len(names))
    add_cells(chart, np.clip(shift, -FULL, FULL), MORE, -FULL, FULL)
    texts = np.array([[_signed(each) for each in row] for row in shift], dtype=object)
    add_texts(chart, texts.reshape(shift.shape), np.abs(shift) > FULL * 0.7, np.isfinite(shift), 12)
    add_hover(chart, hover)
    label_axes(chart, [label(title) for title in titles], [short(name, 26) for name in names], 0)
    return chart


def intervals(
    titles: Sequence[str], pools: Sequence[np.ndarray], names: Sequence[str], values: Sequence[Sequence[np.ndarray]]
) -> go.Figure:
    """A small chart a metric, a line a selection: 5th to 95th percentile thin, quartiles thick, the median a dot.

    `pools[metric]` (n,) and `values[selection][metric]` (k,); the pool's quartiles are the grey band behind.
    """
    columns = 3
    lines = max(1, -(-len(titles) // columns))
    chart = make_subplots(
        rows=lines, cols=columns, subplot_titles=[label(title) for title in titles], shared_yaxes=True,
        horizontal_spacing=0.03, vertical_spacing=0.24 / max(lines, 1),
    )  # fmt: skip
    y = np.arange(len(names))
    for place in range(len(titles)):
        row, column = place // columns + 1, place % columns + 1
        low, first, _, third, high = _spread(pools[place])
        found = np.array([_spread(each[place]) for each in values]).reshape(len(names), len(SPREAD))
        for start, end, width in ((0, 4, 1.5), (1, 3, 6)):
            ends = np.column_stack([found[:, start], found[:, end], np.full(len(names), np.nan)]).ravel()
            chart.add_trace(
                go.Scatter(
                    x=ends, y=np.repeat(y, 3), mode="lines", line={"width": width, "color": SELECTED}, opacity=0.55,
                    hoverinfo="skip",
                ),
                row=row, col=column,
            )  # fmt: skip
        chart.add_trace(
            go.Scatter(
                x=found[:, 2], y=y, mode="markers", marker={"size": 7, "color": SELECTED},
                text=[_said(name, titles[place], each) for name, each in zip(names, found, strict=True)],
                hovertemplate="%{text}<extra></extra>",
            ),
            row=row, col=column,
        )  # fmt: skip
        if np.isfinite(low):
            chart.add_vrect(first, third, fillcolor=POOL, opacity=0.2, line_width=0, layer="below", row=row, col=column)
            reach = np.append(found[np.isfinite(found)], [low, high])
            room = 0.04 * (np.ptp(reach) or 1.0)
            chart.update_xaxes(range=[reach.min() - room, reach.max() + room], row=row, col=column)
    chart.update_layout(
        template=TEMPLATE, height=70 + lines * (60 + 20 * len(names)), showlegend=False, margin={"t": 36, "b": 4}
    )
    chart.update_yaxes(
        tickmode="array", tickvals=y, ticktext=[short(name, 22) for name in names], range=[len(names) - 0.5, -0.5],
        showgrid=False,
    )  # fmt: skip
    chart.update_xaxes(nticks=6)
    chart.update_annotations(font_size=12)
    return chart


def _signed(value: float) -> str:
    return f"{value if abs(value) >= 0.005 else 0.0:+.2f}".replace("-", "−").replace("+0.00", "0.00")


def _spread(values: np.ndarray) -> np.ndarray:
    there = values[np.isfinite(values)]
    return np.percentile(there, SPREAD) if len(there) else np.full(len(SPREAD), np.nan)


def _said(name: str, title: str, found: np.ndarray) -> str:
    low, first, middle, third, high = (f"{each:.4g}".replace("-", "−") for each in found)
    return (
        f"{label(name)}<br>{label(title)}: median {middle}<br>half of the rows {first} to {third}<br>"
        f"nine in ten {low} to {high}"
    )
