"""Where one instruction stands among the candidates, a bar a metric."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from crowdselect.figures.style import POOL, SELECTED, figure, label, short

BAR = 30  # pixels a metric


@dataclass(frozen=True)
class Place:
    """One metric's title and value as they are shown, its percentile (0-100, NaN: none), and whether it counts."""

    title: str
    value: str
    percentile: float
    counts: bool


def percentiles(places: Sequence[Place]) -> go.Figure:
    """The share of candidates below the row in each metric: in colour those that the recipe weighs, in grey others."""
    chart = figure(max(len(places), 1) * BAR + 42)
    rows = list(range(len(places)))
    known = [place.percentile == place.percentile for place in places]
    chart.add_trace(
        go.Bar(
            x=[100.0] * len(places), y=rows, orientation="h", width=0.5, showlegend=False, hoverinfo="skip",
            marker=go.bar.Marker(color="rgba(128,138,160,0.13)", cornerradius=3),
        )
    )  # fmt: skip
    chart.add_trace(
        go.Bar(
            x=[place.percentile if there else 0.0 for place, there in zip(places, known, strict=True)],
            y=rows, orientation="h", width=0.5, showlegend=False,
            marker=go.bar.Marker(color=[SELECTED if place.counts else POOL for place in places], cornerradius=3),
            customdata=[
                f"{label(place.title)} {label(place.value)}"
                + (f": above {place.percentile:.1f}% of the candidates" if there else ": no value")
                for place, there in zip(places, known, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    chart.update_xaxes(range=[0, 122], tickvals=[0, 25, 50, 75, 100], tickfont={"size": 10})
    chart.update_yaxes(
        tickmode="array", tickvals=rows, ticktext=[short(place.title, 24) for place in places], autorange="reversed",
        showgrid=False,
    )  # fmt: skip
    values = [
        {
            "x": 104,
            "y": row,
            "text": short(place.value, 12),
            "showarrow": False,
            "xanchor": "left",
            "font": {"size": 11},
        }
        for row, place in enumerate(places)
    ]
    chart.update_layout(barmode="overlay", annotations=values)
    return chart
