"""Krippendorff's alpha: agreement of any number of raters, with gaps, beyond what chance would give.

Krippendorff, Content Analysis (2004), chapter 11. 1: they agree; 0: as by chance; below 0: they contradict.
"""

import numpy as np


def interval(ratings: np.ndarray) -> float:
    """For ratings (raters, units) on one scale, NaN where there is none; NaN where nothing varies or is rated twice.

    1 - observed / expected disagreement, both squared differences: within units, and among all ratings of units that
    two raters or more have rated. Sums of squares about means say the same as sums over pairs.
    """
    there = ~np.isnan(ratings)
    raters = there.sum(axis=0)
    paired = raters >= 2
    total = int(raters[paired].sum())
    if not total:
        return float("nan")
    values, there, raters = ratings[:, paired], there[:, paired], raters[paired]
    values = values - values[there].mean()
    filled = np.where(there, values, 0.0)
    squares = (filled * filled).sum(axis=0)
    within = squares - filled.sum(axis=0) ** 2 / raters
    expected = float(squares.sum()) / (total - 1)
    if np.ptp(ratings[:, paired][there]) == 0:
        return float("nan")
    observed = float((raters / (raters - 1) * within).sum()) / total
    return 1.0 - observed / expected


def ordinal(ratings: np.ndarray) -> float:
    """The same where only the order of the ratings means something.

    The distance of two ratings is the number of ratings between them, half of each end's counted: that is the distance
    of their average ranks, so ranks on an interval scale give it.
    """
    ranked = np.full(ratings.shape, np.nan)
    there = ~np.isnan(ratings) & ((~np.isnan(ratings)).sum(axis=0) >= 2)
    _, codes, counts = np.unique(ratings[there], return_inverse=True, return_counts=True)
    if not len(counts):
        return float("nan")
    ranked[there] = (np.cumsum(counts) - (counts - 1) / 2.0)[codes]
    return interval(ranked)
