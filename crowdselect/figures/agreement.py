"""A matrix of reward models: how far each two agree."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.cells import SHADES, add_cells, add_hover, add_texts, label_axes
from crowdselect.figures.style import figure, label, short


def agreement_matrix(names: Sequence[str], values: np.ndarray, what: str, percent: bool) -> go.Figure:
    """`values` (k, k) from -1 or 0 to 1, NaN on the diagonal; `what` names them on hover."""
    chart = figure(150 + 44 * len(names))
    form = "{:.0%}" if percent else "{:.2f}"
    texts = np.array([["" if np.isnan(v) else form.format(v).replace("-", "−") for v in row] for row in values], object)
    add_cells(chart, np.clip(values, 0.0, 1.0), SHADES, 0.0, 1.0)
    add_texts(chart, texts, values >= 0.5, ~np.isnan(values), 13 if len(names) <= 8 else 10)
    add_hover(
        chart,
        [
            [f"{label(one)} × {label(other)}<br>{what} {texts[i, j] or '–'}" for j, other in enumerate(names)]
            for i, one in enumerate(names)
        ],
    )
    label_axes(chart, [short(name, 22) for name in names], [short(name, 26) for name in names], -50)
    return chart
