"""Runs a column-wise computation in blocks that stay in the processor's cache."""

from collections.abc import Callable

import numpy as np

COLUMNS = 16_384


def by_blocks(scores: np.ndarray, compute: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`compute` maps (models, b) to (b,); the blocks' results joined: (n,) float64 for scores (models, n)."""
    n = scores.shape[1]
    result = np.empty(n)
    for start in range(0, n, COLUMNS):
        result[start : start + COLUMNS] = compute(scores[:, start : start + COLUMNS])
    return result


def mean(block: np.ndarray) -> np.ndarray:
    """Mean over models of the scores that are there: (models, b) to (b,); NaN where there is none."""
    total = block.sum(axis=0)
    if not np.isnan(total).any():
        return total / len(block) if len(block) else np.full(block.shape[1], np.nan)
    there = ~np.isnan(block)
    count = there.sum(axis=0)
    total = np.where(there, block, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def largest(scores: np.ndarray) -> np.ndarray:
    """The largest absolute score of each column: (models, n) to (n,); NaN where there is none."""
    return by_blocks(scores, lambda block: np.fmax.reduce(np.abs(block), axis=0, initial=np.nan))
