"""Stability for many crowds over the same scores: the order of a family's answers is looked at once."""

from collections.abc import Sequence

import numpy as np

from crowdselect.metrics.stability import Ties, family_rho

WHOLE = 2**62  # codes stay below, so that they never overflow


class Patterns:
    """How each row orders one family's models: rho depends on nothing else, so it is worked out once a pattern."""

    def __init__(self, scores: np.ndarray) -> None:
        """`scores` (k, n) of the family's models, NaN where there is none."""
        code = np.zeros(scores.shape[1], dtype=np.int64)
        largest, base = 1, len(scores) + 1
        for one in scores:
            below = np.zeros(scores.shape[1], dtype=np.int64)
            for other in scores:
                below += one > other
            below[np.isnan(one)] = len(scores)
            if largest > WHOLE // base:
                code = np.unique(code, return_inverse=True)[1].astype(np.int64)
                largest = len(code)
            code = code * base + below
            largest *= base
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        self.examples: np.ndarray = first  # (p,) a row of each pattern
        self.of_row: np.ndarray = inverse.astype(np.int32)  # (n,) the pattern of each row


def stability_from(
    scores: np.ndarray,  # (models, n)
    families: Sequence[np.ndarray],  # for each, (k, 3): row in `scores`, size, and who it is
    patterns: Sequence[Patterns],  # of each of those families
    rows: np.ndarray,  # (b,) those asked for
    ties: Ties,
) -> np.ndarray:
    """Exactly what `metrics.stability.stability` gives for these models: (b,) float64, NaN where no family has one."""
    total, count = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int32)
    for family, pattern in zip(families, patterns, strict=True):
        members = family[:, 0].astype(np.int64)
        block = scores[members[:, None], pattern.examples]
        rho, there = family_rho(list(block), family[:, 1:], ties, bool(np.isnan(block).any()))
        of_row = pattern.of_row if len(rows) == len(pattern.of_row) else pattern.of_row[rows]
        total += rho[of_row]
        count += there[of_row]
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: no family has a value
        return total / count
