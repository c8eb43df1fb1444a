"""Which rows are in exactly which selections: a bar a combination, and below it the dots that say which (UpSet)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.compare.sets import Intersection
from crowdselect.figures.style import POOL, SELECTED, TEMPLATE, label, room, short, still

EMPTY = "rgba(128,138,160,0.16)"
BARS = 150  # pixels


def sets(names: Sequence[str], shown: Sequence[Intersection]) -> go.Figure:
    """`shown` are the combinations from left to right; those with rows of the first selection have its colour."""
    line = 26 if len(names) <= 8 else 22
    height = BARS + 40 + line * len(names)
    chart = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.02,
        row_heights=[BARS / height, 1 - BARS / height],
    )  # fmt: skip
    x = np.arange(len(shown))
    colours = [SELECTED if 0 in each.members else POOL for each in shown]
    hover = [_hover(names, each) for each in shown]
    chart.add_trace(
        go.Bar(
            x=x, y=[each.rows for each in shown], text=[f"{each.rows:,}" for each in shown], textposition="outside",
            cliponaxis=False, marker={"color": colours, "cornerradius": 3}, hovertext=hover, hoverinfo="text",
        ),
        row=1, col=1,
    )  # fmt: skip
    grid_y, grid_x = (each.ravel() for each in np.mgrid[0 : len(names), 0 : len(shown)])
    chart.add_trace(
        go.Scatter(
            x=grid_x, y=grid_y, mode="markers", marker={"size": 9, "color": EMPTY}, hoverinfo="skip",
        ),
        row=2, col=1,
    )  # fmt: skip
    for colour in dict.fromkeys(colours):
        here = [place for place in range(len(shown)) if colours[place] == colour]
        chart.add_trace(
            go.Scatter(
                x=[place for place in here for _ in (*shown[place].members, None)],
                y=[member for place in here for member in (*shown[place].members, None)],
                hovertext=[hover[place] for place in here for _ in (*shown[place].members, None)],
                mode="lines+markers", hoverinfo="text", marker={"size": 10, "color": colour},
                line={"width": 2, "color": colour},
            ),
            row=2, col=1,
        )  # fmt: skip
    chart.update_layout(template=TEMPLATE, height=height, showlegend=False, bargap=0.35)
    lines = [short(name, 26) for name in names]
    chart.update_layout(margin=still(left=room(lines), top=20, bottom=4))
    chart.update_xaxes(visible=False, range=[-0.6, max(len(shown), 1) - 0.4])
    chart.update_yaxes(row=1, col=1, visible=False, rangemode="tozero")
    chart.update_yaxes(
        row=2, col=1, tickmode="array", tickvals=np.arange(len(names)), ticktext=lines, automargin=False,
        range=[len(names) - 0.5, -0.5], showgrid=False,
    )  # fmt: skip
    return chart


def _hover(names: Sequence[str], each: Intersection) -> str:
    held = "<br>".join(label(names[place], 60) for place in each.members)
    only = "only in" if len(each.members) == 1 else f"in exactly these {len(each.members)} selections:"
    return f"{each.rows:,} rows {only}<br>{held}"
