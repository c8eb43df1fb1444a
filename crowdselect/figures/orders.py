"""Do selections rank alike? A cell two selections, blue where they do, orange where one turns the other round."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.cells import add_cells, add_hover, add_texts
from crowdselect.figures.heatmap import STRONG, TOGETHER, cell_text, number
from crowdselect.figures.overlap import matrix_height, name_axes
from crowdselect.figures.style import figure, label


def order_matrix(names: Sequence[str], coefficient: np.ndarray, rows: np.ndarray, symbol: str) -> go.Figure:
    """`coefficient` and `rows` (how many it rests on) are (k, k); `symbol` is the coefficient's."""
    size = len(names)
    chart = figure(matrix_height(size))
    off = np.where(np.eye(size, dtype=bool), np.nan, coefficient)
    add_cells(chart, off, TOGETHER, -1.0, 1.0)
    texts = np.array([[cell_text(each, size) for each in row] for row in off], dtype=object).reshape(size, size)
    add_texts(chart, texts, np.abs(coefficient) >= STRONG, np.isfinite(off), 13 if size <= 8 else 10)
    whole = [label(name) for name in names]
    add_hover(
        chart,
        [
            [
                whole[i]
                if i == j
                else f"{whole[i]} × {whole[j]}<br>{symbol} = {number(coefficient[i, j], 3)}<br>over {rows[i, j]:,} rows"
                for j in range(size)
            ]
            for i in range(size)
        ],
    )
    name_axes(chart, names)
    return chart
