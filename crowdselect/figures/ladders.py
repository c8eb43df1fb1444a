"""Family ladders as small lines: score against model size, a panel a family."""

import math
from collections.abc import Sequence
from typing import Any

from crowdselect.figures.prepared import Prepared
from crowdselect.figures.style import PLAIN_TEMPLATE, POOL, SELECTED, WARNING, label, short, still
from crowdselect.ladders import Ladder

PANEL = 122  # pixels a row of panels
GAP_X, GAP_Y = 0.06, 0.30  # between panels: a share of the width, and of a panel's height
MOST_TICKS = 3
TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]


def ladders(shown: Sequence[Ladder], columns: int = 3) -> Prepared:
    """Blue: the bigger model answers better (ρ > 0); orange: the smaller one does. All panels share their axes.

    A flat family is grey; it and one of two are marked, since their ρ says little.
    """
    rows = max(-(-len(shown) // columns), 1)
    across, up = _scales(shown)
    layout: dict[str, Any] = {
        "template": PLAIN_TEMPLATE, "height": rows * PANEL + 44, "annotations": [],
        "margin": still(left=_room(*up["range"]), top=22, bottom=22),
    }  # fmt: skip
    traces = []
    for place, one in enumerate(shown):
        row, column = divmod(place, columns)
        number = "" if place == 0 else str(place + 1)
        lowest, first = place + columns >= len(shown), column == 0
        left, top = column * (1 + GAP_X) / (columns + (columns - 1) * GAP_X), 1 - row / rows
        width, height = 1 / (columns + (columns - 1) * GAP_X), (1 - (GAP_Y if rows > 1 else 0.0)) / rows
        layout[f"xaxis{number}"] = {
            **across, "domain": [left, min(left + width, 1.0)], "anchor": f"y{number}", "showticklabels": lowest,
        }  # fmt: skip
        layout[f"yaxis{number}"] = {
            **up, "domain": [max(top - height, 0.0), top], "anchor": f"x{number}", "showticklabels": first,
        }  # fmt: skip
        traces.append(_line(one, number))
        layout["annotations"] += _words(one, left + width / 2, top, number)
    return Prepared(traces, layout)


def _line(one: Ladder, number: str) -> dict[str, Any]:
    colour = _colour(one)
    return {
        "type": "scatter", "x": list(one.sizes), "y": list(one.scores), "xaxis": f"x{number}", "yaxis": f"y{number}",
        "mode": "lines+markers", "showlegend": False, "line": {"color": colour, "width": 1.8},
        "marker": {"size": 6, "color": colour}, "customdata": [label(name) for name in one.models],
        "hovertemplate": "%{customdata} · %{x:g}B: %{y:.4~g}<extra></extra>",
    }  # fmt: skip


def _words(one: Ladder, middle: float, top: float, number: str) -> list[dict[str, Any]]:
    """The family above its panel, and ρ with its mark in the corner where its line is not."""
    common = {"showarrow": False, "font": {"size": 10.5}}
    words = [
        {**common, "text": short(one.family, 16), "xref": "paper", "yref": "paper", "x": middle, "y": top,
         "xanchor": "center", "yanchor": "bottom"},
    ]  # fmt: skip
    said = [f"ρ {one.rho:.2f}".replace("-", "−")] if one.rho == one.rho else []
    said += [one.mark] if one.mark else []
    if said:
        rising = not one.rho < 0
        words.append(
            {**common, "text": " · ".join(said), "xref": f"x{number} domain",
             "yref": f"y{number} domain", "x": 0.04 if rising else 0.96, "y": 1.0,
             "xanchor": "left" if rising else "right", "yanchor": "top",
             "font": {"size": 10.5, "color": _colour(one)}}
        )  # fmt: skip
    return words


def _scales(shown: Sequence[Ladder]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The axes that all panels have: sizes across, on a log scale, and scores up."""
    sizes = [math.log10(size) for one in shown for size in one.sizes if size > 0] or [0.0, 1.0]
    scores = [score for one in shown for score in one.scores] or [0.0, 1.0]
    low, high = min(sizes) - 0.15, max(sizes) + 0.15
    ticks = [tick for tick in TICKS if low <= math.log10(tick) <= high]
    if len(ticks) > MOST_TICKS:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    margin = (max(scores) - min(scores)) * 0.12 or 0.5
    across = {
        "type": "log", "range": [low, high], "showgrid": False, "tickfont": {"size": 10}, "tickmode": "array",
        "tickvals": ticks, "ticktext": [f"{tick:g}B" for tick in ticks], "automargin": False,
    }  # fmt: skip
    top = max(scores) + margin * 2.2  # room for ρ
    up = {"range": [min(scores) - margin, top], "nticks": 4, "tickfont": {"size": 10}, "automargin": False}
    return across, up


def _room(low: float, high: float) -> int:
    """Pixels for the labels of the scores: an end's digits, as many as a fourth of the axis has."""
    decimals = max(0, -math.floor(math.log10((high - low) / 4)))
    return 8 + min(max(len(f"{end:,.{decimals}f}") for end in (low, high)), 8) * 6


def _colour(one: Ladder) -> str:
    return POOL if one.flat else SELECTED if one.rho > 0 else WARNING if one.rho < 0 else POOL
