"""One look for every chart: its colours are read on the light and the dark page alike, so a figure needs no theme."""

import html
import math
import unicodedata
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from crowdselect.bidi import isolated

SELECTED = "#5270e6"
POOL = "#8f9ab3"
WARNING = "#d9822b"
GRID = "rgba(128,138,160,0.18)"
CLEAR = "rgba(0,0,0,0)"
NAME_LENGTH = 200

TEMPLATE = go.layout.Template(
    layout=go.Layout(
        colorway=[SELECTED, POOL, "#1a9a9a", WARNING, "#9a63cf", "#d1496b", "#6f9e49", "#3f8fd0", "#b5832b", "#bf66ac"],
        font=go.layout.Font(size=12),
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin=go.layout.Margin(l=8, r=8, t=8, b=8),
        hovermode="closest",
        hoverlabel=go.layout.Hoverlabel(font=go.layout.hoverlabel.Font(size=12), namelength=-1),
        legend=go.layout.Legend(orientation="h", x=0, y=1.0, yanchor="bottom", title=go.layout.legend.Title(text="")),
        xaxis=go.layout.XAxis(showgrid=False, zeroline=False, automargin=True, ticks="", fixedrange=True),
        yaxis=go.layout.YAxis(gridcolor=GRID, zeroline=False, automargin=True, ticks="", fixedrange=True),
        bargap=0.28,
        bargroupgap=0.08,
    )
)
PLAIN_TEMPLATE = TEMPLATE.to_plotly_json()


def figure(height: int, *traces: go.Figure) -> go.Figure:
    """An empty figure in the common look, `height` pixels high."""
    return go.Figure(data=list(traces), layout=go.Layout(template=TEMPLATE, height=height))


def still(left: int, top: int, bottom: int) -> dict[str, Any]:
    """Margins in pixels for a chart that follows a slider, with a legend elsewhere and `automargin` off on its axes.

    Where Plotly has to find the margins, by measuring the labels, it draws the chart twice.
    """
    return {"l": left, "r": 8, "t": top, "b": bottom, "autoexpand": False}


def room(labels: Iterable[str]) -> int:
    """Pixels that the longest of an axis' labels takes at most, in Streamlit's font at 12 pixels."""
    lines = (html.unescape(line) for each in labels for line in each.split("<br>"))
    return 10 + math.ceil(max((sum(map(_wide, line)) for line in lines), default=0))


def _wide(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 12.5
    return 10.5 if letter in "MWmw@%" else 7.6 if letter.isupper() else 5.9


def label(name: object, most: int = NAME_LENGTH) -> str:
    """A name from the data as a chart may show it: no markup, one line, nothing turned, at most 200 characters."""
    text = " ".join(str(name).split())
    return html.escape(isolated(text if len(text) <= most else text[: most - 1] + "…"), quote=False)


def short(name: object, most: int) -> str:
    """A name as an axis has room for it: its ends, which tell versions apart. The whole of it is on hover."""
    text = " ".join(str(name).split())
    if len(text) > most:
        text = f"{text[: most - most // 2 - 1]}…{text[-(most // 2) :]}"
    return label(text)
