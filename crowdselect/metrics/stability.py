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
    return by_blocks(
        scores, lambda block: _mean_rho([_rho(block, family, ties) for family in families], block.shape[1])
    )


def _mean_rho(rhos: list[np.ndarray], n: int) -> np.ndarray:
    total, count = np.zeros(n), np.zeros(n)
    for rho in rhos:
        there = ~np.isnan(rho)
        total += np.where(there, rho, 0.0)
        count += there
    return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)


def _rho(block: np.ndarray, family: np.ndarray, ties: Ties) -> np.ndarray:
    """Spearman's rho of one family, from pairwise comparisons: a rank, centred, is half the sum of its signs."""
    members, sizes = family[:, 0].astype(int), family[:, 1]
    k, n = len(members), block.shape[1]
    by_score = np.zeros((k, n), dtype=np.int16)
    by_size = np.zeros((k, n), dtype=np.int16)
    missing = np.isnan(block[members])
    for small in range(k):
        for large in range(small + 1, k):
            low, high = block[members[small]], block[members[large]]
            if ties == "original":
                score_sign = (high >= low).view(np.int8) - (high < low).view(np.int8)
                size_sign = 1
            else:
                score_sign = (high > low).view(np.int8) - (high < low).view(np.int8)
                size_sign = int(sizes[large] > sizes[small])
            if missing.any():
                both = ~(missing[small] | missing[large])
                score_sign = score_sign * both
                pair: np.ndarray | int = size_sign * both
            else:
                pair = size_sign
            by_score[large] += score_sign
            by_score[small] -= score_sign
            by_size[large] += pair
            by_size[small] -= pair
    numerator = np.einsum("kn,kn->n", by_size, by_score, dtype=np.float64)
    spread = np.einsum("kn,kn->n", by_size, by_size, dtype=np.float64)
    spread *= np.einsum("kn,kn->n", by_score, by_score, dtype=np.float64)
    return np.divide(numerator, np.sqrt(spread), out=np.full(n, np.nan), where=spread > 0)
