"""Effect sizes: how much a selection differs from what it was taken from, on scales that do not grow with the rows."""

import numpy as np
from scipy.stats import rankdata


def cliffs_delta(selected: np.ndarray, pool: np.ndarray) -> float:
    """P(selected > pool) − P(selected < pool) for one value drawn from each, (k,) and (n,); NaN values are left out.

    From −1, every selected value is lower, to 1, every one is higher; 0 where neither tends to be. Ties count half.
    NaN where either has no value. Cliff 1993; by ranks, so n log n.
    """
    ours, theirs = selected[~np.isnan(selected)], pool[~np.isnan(pool)]
    if not len(ours) or not len(theirs):
        return float("nan")
    ranks = rankdata(np.concatenate([ours, theirs]))[: len(ours)]
    wins = ranks.sum() - len(ours) * (len(ours) + 1) / 2  # Mann-Whitney's U, ties counted half
    return float(2 * wins / (len(ours) * len(theirs)) - 1)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """The Jensen-Shannon distance of two shares (c,), each summing to 1: the root of the divergence, in bits.

    0 where they are equal, 1 where they have no group in common; NaN where one is empty. Endres & Schindelin 2003.
    """
    if not p.sum() > 0 or not q.sum() > 0:
        return float("nan")
    middle = (p + q) / 2
    divergence = (_bits(p, middle) + _bits(q, middle)) / 2
    return float(np.sqrt(max(divergence, 0.0)))


def cramers_v(selected: np.ndarray, rest: np.ndarray) -> float:
    """Cramér's V between being selected and the group, from the counts (c,) of both sides.

    0: the group says nothing about who is selected; 1: it says all. NaN where a side is empty or there is one group.
    Two sides make the root of chi² / n, without a correction for small counts.
    """
    table = np.vstack([selected, rest]).astype(np.float64)
    table = table[:, table.sum(axis=0) > 0]
    sides = table.sum(axis=1, keepdims=True)
    if table.shape[1] < 2 or not (sides > 0).all():
        return float("nan")
    expected = sides * table.sum(axis=0) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum()))


def _bits(p: np.ndarray, q: np.ndarray) -> float:
    there = p > 0
    return float((p[there] * np.log2(p[there] / q[there])).sum())
