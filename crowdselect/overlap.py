"""How far selections agree: shared rows and Jaccard index of every pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Overlap:
    """Square and symmetric, in the order of the selections."""

    shared: np.ndarray  # (k, k) rows in both; the diagonal holds the sizes
    jaccard: np.ndarray  # (k, k) rows in both / rows in either; 1 for two empty selections


def overlap(selections: Sequence[np.ndarray], rows: int) -> Overlap:
    """`selections` hold distinct pool rows, of a pool with that many `rows`."""
    member = np.zeros((len(selections), rows), dtype=np.float32)
    for place, selection in enumerate(selections):
        member[place, selection] = 1.0
    shared = np.rint(member @ member.T).astype(np.int64)
    sizes = np.diag(shared)
    either = sizes[:, None] + sizes[None, :] - shared
    jaccard = np.divide(shared, either, out=np.ones(shared.shape), where=either > 0)
    return Overlap(shared, jaccard)


def times_chosen(selections: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """(rows,) how many of the selections hold each pool row."""
    counts = np.zeros(rows, dtype=np.int64)
    for selection in selections:
        counts[selection] += 1
    return counts
