"""What the rows of a shape on the map have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crowdselect.selection import Selection


@dataclass(frozen=True)
class Mean:
    """A metric's mean over the shape's candidates and over all candidates; NaN where none has a value."""

    metric: str
    shape: float
    pool: float


@dataclass(frozen=True)
class ShapeSummary:
    """How many pool rows lie inside, how many of them are selected, and the first of them, selected ones first."""

    rows: int
    selected: int
    means: list[Mean]
    first: np.ndarray  # pool rows
    marks: list[bool]  # aligned with `first`: whether it is selected


def summarise(selection: Selection, inside: Any, metrics: Sequence[str], most: int) -> ShapeSummary:
    """`inside` (n,) bool over the pool's rows."""
    candidates, pool = selection.candidates, selection.candidates.pool
    chosen = np.zeros(len(pool), dtype=bool)
    chosen[selection.rows] = True
    here = inside[candidates.rows]
    means = [Mean(name, _mean(candidates.metric(name)[here]), _mean(candidates.metric(name))) for name in metrics]
    rows = np.flatnonzero(inside)
    rows = np.concatenate([rows[chosen[rows]], rows[~chosen[rows]]])
    first = rows[:most]
    return ShapeSummary(len(rows), int(chosen[rows].sum()), means, first, chosen[first].tolist())


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")
