"""What several selections are made of: their shares of clusters, and of the models whose responses they take."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from crowdselect.figures.cells import SHADES, add_cells, add_hover, add_texts, label_axes
from crowdselect.figures.style import figure, label, short

MORE = [[0.0, "rgba(196,98,12,0.95)"], [0.3, "rgba(217,130,43,0.36)"], [0.5, "rgba(128,138,160,0.07)"],
        [0.7, "rgba(82,112,230,0.36)"], [1.0, "rgba(58,86,205,0.95)"]]  # fmt: skip
TEXTS = 32  # columns; with more there is no room for numbers


def against_pool(names: Sequence[str], groups: Sequence[str], pool: np.ndarray, selected: np.ndarray) -> go.Figure:
    """A cell a selection and group: its share beside the pool's, blue where there is more of it. (k, c) and (c,)."""
    ratio = np.divide(selected, pool, out=np.full(selected.shape, np.nan), where=pool > 0)
    with np.errstate(divide="ignore"):
        colour = np.clip(np.log2(ratio), -2.0, 2.0)
    texts = np.array([[f"{each:.1f}×" for each in row] for row in ratio], dtype=object)
    hover = [
        [
            f"{label(names[i])}<br>{label(groups[j])}: {selected[i, j]:.1%} of the rows, {pool[j]:.1%} of the pool"
            for j in range(len(groups))
        ]
        for i in range(len(names))
    ]
    return _bands(names, groups, colour, MORE, (-2.0, 2.0), texts, np.abs(colour) > 1.4, hover)


def parts(names: Sequence[str], groups: Sequence[str], shares: np.ndarray) -> go.Figure:
    """A cell a selection and group, darker the larger that share of the selection; (k, c)."""
    texts = np.array([[f"{each:.0%}" if each else "" for each in row] for row in shares], dtype=object)
    hover = [
        [f"{label(names[i])}<br>{label(groups[j])}: {shares[i, j]:.1%}" for j in range(len(groups))]
        for i in range(len(names))
    ]
    most = max(float(shares.max()) if shares.size else 0.0, 1e-9)
    return _bands(names, groups, shares, SHADES, (0.0, most), texts, shares >= most / 2, hover)


def _bands(
    names: Sequence[str], groups: Sequence[str], z: np.ndarray, scale: list, ends: tuple[float, float],
    texts: np.ndarray, dark: np.ndarray, hover: list[list[str]],
) -> go.Figure:  # fmt: skip
    upright = all(len(group) <= 8 for group in groups)
    chart = figure((60 if upright else 175) + 36 * len(names))
    add_cells(chart, z, scale, *ends)
    if 0 < len(groups) <= TEXTS:
        add_texts(chart, texts, dark, np.isfinite(z), 11 if len(groups) <= 14 else 9)
    add_hover(chart, hover)
    label_axes(
        chart,
        [_heading(group, 32 if len(groups) <= 24 else 18) for group in groups],
        [short(name, 24) for name in names],
        0 if upright else -50,
    )
    return chart


def _heading(group: str, most: int) -> str:
    """A column's name as there is room for it; of a cluster's words the first ones, whole."""
    words = group.split(", ")
    while len(words) > 1 and len(", ".join(words)) > most:
        words.pop()
    begin = ", ".join(words)
    return short(group, most) if len(begin) > most or begin == group else label(f"{begin} …")
