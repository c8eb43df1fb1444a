"""Published runs as dots: a column a base model, a row a benchmark, a line a method; and score against data size."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from crowdselect.figures.style import GRID, POOL, SELECTED, TEMPLATE, WARNING, label
from crowdselect.published import Run
from crowdselect.results import GROUPS, METHODS, TUNINGS, Size

COLOURS = dict(zip(GROUPS, (SELECTED, "#1a9a9a", "#9a63cf", POOL, WARNING, "#6b7385"), strict=True))
BENCHMARKS = {"mt_bench": "MT-Bench", "arena_hard": "Arena-Hard"}
LINE = 21  # pixels a method


def run_dots(found: Sequence[Run]) -> go.Figure:
    """MT-Bench above, Arena-Hard with its 95 % interval below; CrowdSelect's line is marked, the untuned dashed."""
    models = list(dict.fromkeys(run.base_model for run in found))
    methods = [method for method in METHODS if any(run.method == method for run in found)]
    across = max(len(models), 1)
    chart = make_subplots(
        rows=2, cols=across, shared_yaxes=True, horizontal_spacing=0.02, vertical_spacing=0.11,
        column_titles=[label(model) for model in models] or None,
    )  # fmt: skip
    for row, benchmark in enumerate(BENCHMARKS, start=1):
        for column, model in enumerate(models, start=1):
            here = [run for run in found if run.base_model == model]
            for group in GROUPS:
                for tuning in TUNINGS:
                    of = [run for run in here if METHODS[run.method].group == group and run.tuning == tuning]
                    _add(chart, row, column, benchmark, of, methods, group, tuning)
            _mark(chart, row, column, benchmark, here, methods)
        chart.update_yaxes(title={"text": BENCHMARKS[benchmark], "standoff": 14}, row=row, col=1)
    for group in dict.fromkeys(METHODS[run.method].group for run in found):
        entry = {"size": 11 if group == GROUPS[0] else 8, "color": COLOURS[group], "symbol": _symbol(group, "full")}
        chart.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=group, marker=entry))
    chart.update_yaxes(
        tickmode="array", tickvals=np.arange(len(methods)), ticktext=[METHODS[method].title for method in methods],
        range=[len(methods) - 0.5, -0.5], showgrid=True, gridcolor="rgba(128,138,160,0.10)",
    )  # fmt: skip
    chart.update_xaxes(showgrid=True, gridcolor=GRID, nticks=5)
    height = 130 + 2 * LINE * max(len(methods), 5)
    chart.update_layout(template=TEMPLATE, height=height, margin={"t": 64, "b": 4}, legend={"y": 1 + 34 / height})
    chart.update_annotations(font_size=13, yshift=4)
    return chart


def _symbol(group: str, tuning: str) -> str:
    return ("diamond" if group == GROUPS[0] else "circle") + ("" if tuning == "full" else "-open")


def _add(
    chart: go.Figure, row: int, column: int, benchmark: str, of: list[Run], methods: list[str], group: str, tuning: str
) -> None:
    """The dots of one group under one kind of tuning."""
    scored = [run for run in of if getattr(run, benchmark) is not None]
    if not scored:
        return
    interval = benchmark == "arena_hard"
    chart.add_trace(
        go.Scatter(
            x=[getattr(run, benchmark) for run in scored], y=[methods.index(run.method) for run in scored],
            mode="markers", showlegend=False, text=[hover(run, benchmark) for run in scored],
            marker={"size": 12 if group == GROUPS[0] else 8, "color": COLOURS[group], "symbol": _symbol(group, tuning)},
            error_x={"type": "data", "symmetric": False, "array": [run.arena_hard_high or 0.0 for run in scored],
                     "arrayminus": [-(run.arena_hard_low or 0.0) for run in scored], "thickness": 1.4, "width": 3,
                     "color": COLOURS[group]} if interval else None,
            hovertemplate="%{text}<extra></extra>",
        ),
        row=row, col=column,
    )  # fmt: skip


def hover(run: Run, benchmark: str) -> str:
    """Method, tuning and score in words."""
    method = METHODS[run.method]
    score = getattr(run, benchmark)
    text = f"{method.title}, {TUNINGS.get(run.tuning, label(run.tuning))} tuning<br>{BENCHMARKS[benchmark]} "
    text = text.replace(f", {TUNINGS.get(run.tuning)} tuning", "") if run.method == "Base" else text
    if benchmark == "mt_bench":
        return f"{text}{score:.2f} of 10"
    if run.arena_hard_low is None or run.arena_hard_high is None:
        return f"{text}{score:.1f} %, no interval published"
    return f"{text}{score:.1f} %, 95 % interval {score + run.arena_hard_low:.1f} to {score + run.arena_hard_high:.1f}"


def _mark(chart: go.Figure, row: int, column: int, benchmark: str, here: list[Run], methods: list[str]) -> None:
    """A band behind CrowdSelect, a dashed line where the model stood before tuning."""
    for place, method in enumerate(methods):
        if METHODS[method].group == GROUPS[0]:
            chart.add_hrect(
                y0=place - 0.5, y1=place + 0.5, fillcolor="rgba(82,112,230,0.10)", line_width=0, layer="below",
                row=row, col=column,
            )  # fmt: skip
    untuned = next((getattr(run, benchmark) for run in here if run.method == "Base"), None)
    if untuned is not None:
        chart.add_vline(x=untuned, line={"color": POOL, "width": 1, "dash": "dot"}, row=row, col=column)


def score_by_size(found: Sequence[Size], height: int = 360) -> go.Figure:
    """Two lines over a logarithmic axis of thousands of pairs, one above the other."""
    chart = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.14, subplot_titles=list(BENCHMARKS.values())
    )
    for row, benchmark in enumerate(BENCHMARKS, start=1):
        unit = " of 10" if benchmark == "mt_bench" else " %"
        chart.add_trace(
            go.Scatter(
                x=[size.thousand_pairs for size in found], y=[getattr(size, benchmark) for size in found],
                mode="lines+markers", line={"color": SELECTED, "width": 2}, marker={"size": 7}, showlegend=False,
                hovertemplate="%{x}k pairs: about %{y}" + unit + "<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
    chart.update_xaxes(
        type="log", tickmode="array", tickvals=[0.1, 0.25, 0.5, 1, 2, 5, 10],
        ticktext=["100", "250", "500", "1k", "2k", "5k", "10k"], showgrid=True, gridcolor=GRID,
    )  # fmt: skip
    chart.update_xaxes(title={"text": "pairs"}, row=2, col=1)
    chart.update_layout(template=TEMPLATE, height=height, margin={"t": 26, "b": 4})
    chart.update_yaxes(nticks=4)
    chart.update_annotations(x=0, xanchor="left", font_size=12)
    return chart
