"""Stability: does the bigger model of a family win?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from crowdselect.metrics.blocks import by_blocks

Ties = Literal["average", "original"]


def stability(scores: np.ndarray, families: Sequence[np.ndarray], ties: Ties = "average") -> np.ndarray:
    """Mean over families of Spearman's rho between model size and score: (models, n) scores to (n,).

    `families` holds, for each, the (k, 2) array of model row and size in billions, smallest first. With `average`
    ties, equal scores share their average rank, and a family whose scores are all equal has no value and is left out;
    NaN where no family has one. `original` repeats the published code (listentm/CROWDSELECT): ranks by double argsort,
    where of two equal scores the larger model's ranks higher, so that a tie counts as agreement.
    A missing score leaves its model out of its family in that row. Paper, section 3 (stability).
    """
    return by_blocks(scores, lambda block: _mean_rho(block, families, ties))


def _mean_rho(block: np.ndarray, families: Sequence[np.ndarray], ties: Ties) -> np.ndarray:
    total, count = np.zeros(block.shape[1]), np.zeros(block.shape[1])
    missing = bool(np.isnan(block).any())
    for family in families:
        rows = [block[int(row)] for row in family[:, 0]]
        rho = _rho(rows, family[:, 1], ties, missing)
        there = ~np.isnan(rho)
        total += np.where(there, rho, 0.0)
        count += there
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def _rho(rows: list[np.ndarray], sizes: np.ndarray, ties: Ties, missing: bool) -> np.ndarray:
    """Spearman's rho of one family, from pairwise comparisons: a rank, centred, is half the sum of its signs."""
    k, n = len(rows), len(rows[0])
    by_score = np.zeros((k, n), dtype=np.int16)
    by_size = np.zeros((k, n if missing else 1), dtype=np.int16)
    for small in range(k):
        for large in range(small + 1, k):
            low, high = rows[small], rows[large]
            size_sign: np.ndarray | int = 1 if ties == "original" else int(sizes[large] > sizes[small])
            above = high >= low if ties == "original" else high > low
            sign = above.view(np.int8) - (high < low).view(np.int8)
            if missing:
                both = ~(np.isnan(low) | np.isnan(high))
                sign, size_sign = sign * both, size_sign * both
            by_score[large] += sign
            by_score[small] -= sign
            by_size[large] += size_sign
            by_size[small] -= size_sign
    numerator, score_spread, size_spread = (np.zeros(n, np.int32) for _ in range(3))
    for ranks, order in zip(by_score, by_size, strict=True):
        numerator += np.multiply(ranks, order, dtype=np.int32)
        score_spread += np.multiply(ranks, ranks, dtype=np.int32)
        size_spread += np.multiply(order, order, dtype=np.int32)
    spread = score_spread.astype(np.float64) * size_spread
    return np.divide(numerator, np.sqrt(spread), out=np.full(n, np.nan), where=spread > 0)
