"""How far selections agree: what any two share, and how many rows are in one, two or all of them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.cells import SHADES, add_cells, add_hover, add_texts, label_axes
from crowdselect.figures.heatmap import wrapped
from crowdselect.figures.style import SELECTED, figure, label, room, short, still

FLAT = 4  # selections whose names stand level beside each other; of more they would run into each other


def overlap_matrix(names: Sequence[str], jaccard: np.ndarray, shared: np.ndarray, counts: bool) -> go.Figure:
    """A cell two selections, darker the higher their Jaccard index; its text is that, or with `counts` the rows."""
    size = len(names)
    chart = figure(matrix_height(size))
    add_cells(chart, np.where(np.eye(size, dtype=bool), np.nan, jaccard), SHADES, 0.0, 1.0)
    texts = np.array(
        [
            [f"{shared[i, j]:,}" if counts or i == j else f"{jaccard[i, j]:.2f}" for j in range(size)]
            for i in range(size)
        ],
        dtype=object,
    ).reshape(size, size)
    every = np.ones((size, size), dtype=bool)
    add_texts(chart, texts, (jaccard >= 0.5) & ~np.eye(size, dtype=bool), every, 13 if size <= 8 else 10)
    whole = [label(name) for name in names]
    add_hover(
        chart,
        [
            [
                f"{whole[i]}: {shared[i, i]:,} rows"
                if i == j
                else f"{whole[i]} × {whole[j]}<br>{shared[i, j]:,} shared rows<br>Jaccard {jaccard[i, j]:.3f}"
                for j in range(size)
            ]
            for i in range(size)
        ],
    )
    name_axes(chart, names)
    return chart


def name_axes(chart: go.Figure, names: Sequence[str]) -> None:
    """Few names stand level over their columns, in two lines; more of them aslant."""
    size = len(names)
    across = [wrapped(name, 36 // size) if size <= FLAT else short(name, 22) for name in names]
    label_axes(chart, across, [short(name, 24) for name in names], 0 if size <= FLAT else -50)


def matrix_height(size: int) -> int:
    """Pixels for a square matrix of so many selections: of many the cells are smaller and the names stand aslant."""
    return max(250, 90 + 52 * size) if size <= FLAT else 200 + 30 * size


def times_held(counts: np.ndarray, selections: int, height: int = 250) -> go.Figure:
    """A bar for 1, 2, … of the selections: how many pool rows are in that many. `counts` (pool,) as times_chosen."""
    rows = np.bincount(counts, minlength=selections + 1)[1:]
    chart = figure(height)
    places = np.arange(1, selections + 1)
    chart.add_trace(
        go.Bar(
            y=places, x=rows, orientation="h", text=[f"{count:,}" for count in rows], textposition="outside",
            cliponaxis=False,
            marker=go.bar.Marker(color=SELECTED, opacity=[0.35 + 0.65 * place / selections for place in places],
                                 cornerradius=3),
            hovertemplate="%{x:,} rows are in exactly %{y} of the selections<extra></extra>",
        )
    )  # fmt: skip
    ticks = ["in one only", *(f"in {place}" for place in range(2, selections)), f"in all {selections}"]
    chart.update_yaxes(
        tickmode="array",
        tickvals=places,
        ticktext=ticks[:selections],
        autorange="reversed",
        showgrid=False,
        automargin=False,
    )
    chart.update_xaxes(visible=False, range=[0, 1.12 * max(int(rows.max(initial=0)), 1)])  # room for the numbers
    chart.update_layout(showlegend=False, margin=still(left=room(ticks), top=8, bottom=8))
    return chart
