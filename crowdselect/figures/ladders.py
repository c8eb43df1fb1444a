"""Family ladders as small lines: score against model size, a panel a family."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.style import POOL, SELECTED, TEMPLATE, WARNING, label, short
from crowdselect.ladders import Ladder

PANEL = 112  # pixels a row of panels
MOST_TICKS = 3
TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]


def ladders(shown: Sequence[Ladder], columns: int = 3) -> go.Figure:
    """Blue: the bigger model answers better (ρ > 0); orange: the smaller one does. All panels share their axes."""
    rows = max(-(-len(shown) // columns), 1)
    chart = make_subplots(
        rows=rows, cols=columns, shared_yaxes="all", shared_xaxes="all", horizontal_spacing=0.05,
        vertical_spacing=0.28 / rows, subplot_titles=[short(one.family, 16) for one in shown],
    )  # fmt: skip
    for place, one in enumerate(shown):
        panel = {"row": place // columns + 1, "col": place % columns + 1}
        chart.add_trace(
            go.Scatter(
                x=one.sizes, y=one.scores, mode="lines+markers", showlegend=False,
                line={"color": _colour(one.rho), "width": 1.8}, marker={"size": 6, "color": _colour(one.rho)},
                customdata=[label(name) for name in one.models],
                hovertemplate="%{customdata} · %{x:g}B: %{y:.4~g}<extra></extra>",
            ),
            **panel,
        )  # fmt: skip
        if one.rho == one.rho:
            rising = one.rho >= 0
            chart.add_annotation(
                text=f"ρ {one.rho:.2f}".replace("-", "−"), xref="x domain", yref="y domain", x=0.04 if rising else 0.96,
                y=1.0, xanchor="left" if rising else "right", yanchor="top", showarrow=False,
                font={"color": _colour(one.rho)}, **panel,
            )  # fmt: skip
    chart.update_layout(template=TEMPLATE, height=rows * PANEL + 44, margin={"t": 22, "l": 4, "r": 4, "b": 4})
    _axes(chart, shown)
    for place in range(len(shown), rows * columns):
        hidden = {"row": place // columns + 1, "col": place % columns + 1, "visible": False}
        chart.update_xaxes(**hidden)
        chart.update_yaxes(**hidden)
    chart.update_annotations(font_size=10.5)
    return chart


def _axes(chart: go.Figure, shown: Sequence[Ladder]) -> None:
    sizes = [math.log10(size) for one in shown for size in one.sizes if size > 0] or [0.0, 1.0]
    scores = [score for one in shown for score in one.scores] or [0.0, 1.0]
    low, high = min(sizes) - 0.15, max(sizes) + 0.15
    ticks = [tick for tick in TICKS if low <= math.log10(tick) <= high]
    if len(ticks) > MOST_TICKS:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    chart.update_xaxes(
        type="log", range=[low, high], showgrid=False, tickfont={"size": 10}, tickmode="array", tickvals=ticks,
        ticktext=[f"{tick:g}B" for tick in ticks],
    )  # fmt: skip
    margin = (max(scores) - min(scores)) * 0.12 or 0.5
    top = margin * 2.2  # room for ρ
    chart.update_yaxes(range=[min(scores) - margin, max(scores) + top], nticks=4, tickfont={"size": 10})


def _colour(rho: float) -> str:
    return SELECTED if rho > 0 else WARNING if rho < 0 else POOL
