"""Do selections rank alike? Of the whole pool by their priorities, and of the rows that two of them share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.compare.sides import SideBySide
from crowdselect.correlations import correlations
from crowdselect.selection import Selection


@dataclass(frozen=True)
class Orders:
    """Square and symmetric, in the order of the selections; NaN where a pair has under three rows or no spread."""

    pool: np.ndarray  # (k, k) Spearman's rho of the priorities, over rows that both could have chosen
    pool_rows: np.ndarray  # (k, k) how many those are
    shared: np.ndarray  # (k, k) Kendall's tau-b of the places, over rows that both have chosen
    shared_rows: np.ndarray  # (k, k) how many those are; of more than 5,000 an even sample


def orders(sides: SideBySide) -> Orders:
    """Both matrices. Spearman over the pool says whether two strategies want the same; Kendall over the shared rows
    whether they agree on the best of what both took. A random draw's priorities are its draws."""
    selections = [entry.selection for entry in sides.entries]
    pool = _columns([priorities(each) for each in selections], "spearman")
    shared = _columns([places(each) for each in selections], "kendall")
    return Orders(*pool, *shared)


def priorities(selection: Selection) -> np.ndarray:
    """(n,) over the pool: higher is taken first; NaN where a row cannot be chosen."""
    found = np.full(len(selection.candidates.pool), np.nan)
    found[selection.candidates.rows] = selection.choice.priority
    return found


def places(selection: Selection) -> np.ndarray:
    """(n,) over the pool: 1 for the best; NaN where a row was not chosen."""
    found = np.full(len(selection.candidates.pool), np.nan)
    found[selection.rows] = np.arange(1, len(selection) + 1)
    return found


def _columns(columns: Sequence[np.ndarray], method: str) -> tuple[np.ndarray, np.ndarray]:
    found = correlations({str(place): values for place, values in enumerate(columns)}, method)
    return found.coefficient, found.n
