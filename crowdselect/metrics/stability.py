"""Stability: does the bigger model of a family win?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from crowdselect.metrics.blocks import by_blocks

Ties = Literal["average", "original"]


def stability(scores: np.ndarray, families: Sequence[np.ndarray], ties: Ties = "average") -> np.ndarray:
    """Mean over families of Spearman's rho between model size and score: (models, n) scores to (n,).

    `families` holds, for each, the (k, 2) array of model row and size in billions, smallest first; a third column
    says which rows are one model, which is not compared with itself. With `average`
    ties, equal scores share their average rank, and a family whose scores are all equal has no value and is left out;
    NaN where no family has one. `original` repeats the published code (listentm/CROWDSELECT): ranks by double argsort,
    where of two equal scores the larger model's ranks higher, so that a tie counts as agreement.
    A missing score leaves its model out of its family in that row. Paper, section 3 (stability).
    """
    return by_blocks(scores, lambda block: _mean_rho(block, families, ties))


def _mean_rho(block: np.ndarray, families: Sequence[np.ndarray], ties: Ties) -> np.ndarray:
    total, count = np.zeros(block.shape[1]), np.zeros(block.shape[1], dtype=np.int32)
    missing = bool(np.isnan(block).any())
    for family in families:
        rows = [block[int(row)] for row in family[:, 0]]
        rho, there = family_rho(rows, family[:, 1:], ties, missing)
        total += rho
        count += there
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: no family has a value
        return total / count


def family_rho(rows: list[np.ndarray], family: np.ndarray, ties: Ties, missing: bool) -> tuple[np.ndarray, np.ndarray]:
    """Spearman's rho of one family (0 where it has none) and where it has one: (n,) float64 and (n,) bool.

    `rows` holds each model's scores (n,), smallest model first; `family` (k, 1 or 2) their sizes and who each one is;
    `missing` says whether any is NaN.
    From pairwise comparisons: a rank, centred, is half the sum of its signs.
    """
    k, n = len(rows), len(rows[0])
    sizes, who = family[:, 0], family[:, -1] if family.shape[1] > 1 else np.arange(k)
    whole = np.min_scalar_type(-k * (k * k - 1) // 3)  # holds every sum below; int8 up to seven models
    by_score = np.zeros((k, n), dtype=whole)
    by_size = np.zeros((k, n if missing else 1), dtype=whole)
    for small in range(k):
        for large in range(small + 1, k):
            if who[small] == who[large]:
                continue
            low, high = rows[small], rows[large]
            above = high >= low if ties == "original" else high > low
            sign = above.view(np.int8) - (high < low).view(np.int8)
            size_sign = np.ones(1, np.int8) if ties == "original" else np.int8(sizes[large] > sizes[small])
            if missing:
                both = ~(np.isnan(low) | np.isnan(high))
                sign, size_sign = sign * both, size_sign * both
            by_score[large] += sign
            by_score[small] -= sign
            by_size[large] += size_sign
            by_size[small] -= size_sign
    product = (by_score * by_size).sum(axis=0, dtype=whole)
    spread = (by_score * by_score).sum(axis=0, dtype=whole) * (by_size * by_size).sum(axis=0, dtype=np.float64)
    there = spread > 0
    return product / np.sqrt(np.where(there, spread, 1.0)), there
