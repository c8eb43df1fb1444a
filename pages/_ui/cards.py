"""Cards, numbers and charts, the same on every page."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from crowdselect.figures.prepared import Prepared

EM = "\u2003"  # a wide space: Markdown makes one of several narrow ones
INGEST = "python -m precompute ingest PATH..."  # where there is nothing to show for want of responses or scores
CHART = {"displayModeBar": False, "responsive": True, "displaylogo": False}


@contextmanager
def card(
    title: str,
    help: str | None = None,
    key: str | None = None,
    height: Literal["stretch", "content"] = "stretch",
    corner: bool = False,
    colours: str = "",
) -> Iterator[DeltaGenerator]:
    """A bordered box with a heading, as high as its neighbours. Yields the box.

    With `corner` it yields the heading's right end instead, for a small control. `colours` stand after the title.
    """
    box = st.container(border=True, height=height, key=key, gap="small")
    with box:
        if not corner:
            st.markdown(f"**{title}**{EM}{colours}" if colours else f"**{title}**", help=help, width="content")
            yield box
            return
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.markdown(f"**{title}**", help=help, width="content")
            right = st.container(width="content", key=f"corner_{key or title.lower()}")
        yield right


def number(label: str, value: str, note: str, help: str, *, delta: str | None = None) -> None:
    """A card with one number: below it `note` in grey, or `delta` and then `note`, with an arrow where it is signed."""
    st.metric(
        label, value, delta if delta is not None else note, delta_color="off",
        delta_arrow="auto" if delta and delta[0] in "+-" else "off",
        delta_description=note if delta is not None else None,
        help=help, border=True, height="stretch",
    )  # fmt: skip


def chart(figure: go.Figure | Prepared, key: str, alt: str) -> None:
    """A chart without a toolbar; `alt` says in words what it shows."""
    st.plotly_chart(figure, key=key, config=CHART, alt=alt)


def colours(selected: str, others: str, more: str = "") -> str:
    """What is blue and what is grey, as Markdown."""
    said = [f":blue[●] :gray[{selected}]", f":gray[●] :gray[{others}]", *([f":gray[· {more}]"] if more else [])]
    return f":small[{EM.join(said)}]"


def legend(selected: str, others: str, more: str = "") -> None:
    """The same below a chart. A caption would fade the colours until both look alike."""
    st.markdown(colours(selected, others, more))


def nothing(what: str, command: str | None = None) -> None:
    """Instead of a chart that has no data: what is missing, and the command that makes it."""
    st.caption(what)
    if command:
        st.code(command, language="bash", wrap_lines=True)


def short(value: float) -> str:
    """A number in four significant digits; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if value == int(value) and size < 1e6:
        return f"{value:,.0f}".replace("-", "−")
    if size >= 10_000:
        return f"{value:,.0f}"
    if size and size < 0.001:
        return (f"{value:.1e}" if size < 1e-5 else f"{value:.2g}").replace("-", "−", 1 if value < 0 else 0)
    return f"{value:.{max(0, 3 - max(0, math.floor(math.log10(size)) if size else 0))}f}".replace("-", "−")


def signed(value: float) -> str:
    """The same with its sign, for a difference: Streamlit draws its arrow by an ASCII minus. In words where it is 0."""
    text = short(value).replace("−", "-")
    if value == 0:
        return "no change"
    return text if text.startswith("-") or text == "–" else f"+{text}"
