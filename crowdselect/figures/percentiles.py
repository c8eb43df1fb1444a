"""Where one instruction stands among the candidates, a bar a metric."""

from collections.abc import Sequence
from dataclasses import dataclass

from crowdselect.figures.prepared import Prepared
from crowdselect.figures.style import PLAIN_TEMPLATE, POOL, SELECTED, label, short

BAR = 30  # pixels a metric


@dataclass(frozen=True)
class Place:
    """One metric's title and value as they are shown, its percentile (0-100, NaN: none), and whether it counts."""

    title: str
    value: str
    percentile: float
    counts: bool

    @property
    def known(self) -> bool:
        return self.percentile == self.percentile


def percentiles(places: Sequence[Place]) -> Prepared:
    """The share of candidates below the row in each metric: in colour those that the recipe weighs, in grey others."""
    rows = list(range(len(places)))
    common = {"type": "bar", "y": rows, "orientation": "h", "width": 0.5, "showlegend": False}
    track = {
        **common, "x": [100.0] * len(places), "hoverinfo": "skip",
        "marker": {"color": "rgba(128,138,160,0.13)", "cornerradius": 3},
    }  # fmt: skip
    bars = {
        **common, "x": [place.percentile if place.known else 0.0 for place in places],
        "marker": {"color": [SELECTED if place.counts else POOL for place in places], "cornerradius": 3},
        "customdata": [_said(place) for place in places], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    values = [
        {"x": 104, "y": row, "text": short(place.value, 12), "showarrow": False, "xanchor": "left",
         "font": {"size": 11}}
        for row, place in enumerate(places)
    ]  # fmt: skip
    layout = {
        "template": PLAIN_TEMPLATE, "height": max(len(places), 1) * BAR + 42, "barmode": "overlay",
        "annotations": values,
        "xaxis": {"range": [0, 122], "tickvals": [0, 25, 50, 75, 100], "tickfont": {"size": 10}},
        "yaxis": {
            "tickmode": "array", "tickvals": rows, "ticktext": [short(place.title, 24) for place in places],
            "autorange": "reversed", "showgrid": False,
        },
    }  # fmt: skip
    return Prepared([track, bars], layout)


def _said(place: Place) -> str:
    above = f": above {place.percentile:.1f}% of the candidates" if place.known else ": no value"
    return f"{label(place.title)} {label(place.value)}{above}"
