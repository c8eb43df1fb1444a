"""Concordance: how many more pairs of a family the bigger model wins than the smaller one."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from crowdselect.metrics.blocks import by_blocks

MIN_GAP, SHRINK = 0.0, 2.0
SAME = 1e-12  # of the larger score: a smaller difference is rounding


def concordance(
    scores: np.ndarray, families: Sequence[np.ndarray], min_gap: float = MIN_GAP, shrink: float = SHRINK
) -> np.ndarray:
    """(models, n) scores to (n,): (pairs won by the bigger − by the smaller) / (all pairs + `shrink`).

    Over all pairs of one family with different sizes (`families` as in `stability`) and two scores. Equal scores, and
    a gap under `min_gap`, in the scores' unit, count for neither. `shrink` draws rows with few pairs to 0. From -1 to
    1; NaN where a row has no pair. Stability of a family of two is 1 or -1 whatever the gap; this is not.
    """
    pairs = [
        (int(small), int(big))
        for family in families
        for (small, size), (big, other) in combinations(family[:, :2].tolist(), 2)
        if size < other
    ]
    return by_blocks(scores, lambda block: _share(block, pairs, min_gap, shrink))


def is_none(gap: Any, largest: Any, min_gap: float) -> Any:
    """Whether a gap (>= 0, number or array) of scores up to `largest` counts for neither: too small, or rounding."""
    return (gap <= SAME * largest) | (gap < min_gap - SAME * largest)


def _share(block: np.ndarray, pairs: Sequence[tuple[int, int]], min_gap: float, shrink: float) -> np.ndarray:
    won, count = (np.zeros(block.shape[1], dtype=np.int32) for _ in range(2))
    for small, big in pairs:
        gap = block[big] - block[small]
        none = is_none(np.abs(gap), np.maximum(np.abs(block[big]), np.abs(block[small])), min_gap)
        won += np.where(none | np.isnan(gap), 0.0, np.sign(gap)).astype(np.int32)
        count += ~np.isnan(gap)
    return np.divide(won, count + shrink, out=np.full(len(won), np.nan), where=count > 0)
