"""p-values where entries come in groups: what a reward model says of one instruction's responses is not independent.

The coefficient is worked out without each group in turn (the delete-one jackknife: Quenouille 1956, Tukey 1958), and
its standard error goes into Student's t. Groups are what is drawn: entries of one may depend on each other at will.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import stdtr

BLOCK = 512  # rows of pairs looked at together


def p_value(method: str, x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> float:
    """Two-sided p of a coefficient of `x` and `y` (n,), both without gaps; `groups` (n,) int >= 0.

    For `pearson` the values themselves, for `spearman` their ranks. NaN under three groups, or without a coefficient.
    """
    _, codes = np.unique(groups, return_inverse=True)
    count = int(codes.max(initial=-1)) + 1
    if count < 3:
        return float("nan")
    coefficient, without = JACKKNIFE[method](x, y, codes)
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    if np.isnan(error):
        return float("nan")
    if not error > 0:
        return 0.0 if coefficient else 1.0
    return float(2.0 * stdtr(count - 1, -abs(coefficient) / error))


def linear(x: np.ndarray, y: np.ndarray, codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Pearson's r, and r without each group."""
    x, y = x - x.mean(), y - y.mean()
    sums = [np.bincount(codes, weights=each) for each in (np.ones(len(x)), x, y, x * x, y * y, x * y)]
    n, x_sum, y_sum, xx, yy, xy = (each.sum() - each for each in sums)
    with np.errstate(invalid="ignore", divide="ignore"):  # a group that holds all the spread leaves none
        without = (xy - x_sum * y_sum / n) / np.sqrt((xx - x_sum**2 / n) * (yy - y_sum**2 / n))
        return float(x @ y / np.sqrt((x @ x) * (y @ y))), without


def tau(x: np.ndarray, y: np.ndarray, codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Kendall's tau-b, and tau-b without each group: a pair goes with either of its ends."""
    concordant, x_pairs, y_pairs = (np.zeros(int(codes.max()) + 1) for _ in range(3))
    whole = np.zeros(3)
    for start in range(0, len(x), BLOCK):
        part = slice(start, start + BLOCK)
        x_sign, y_sign = (np.sign(each[part, None] - each) for each in (x, y))
        # a pair of one group is counted at both of its ends: half of each
        share = np.where(codes[part, None] == codes, 0.5, 1.0)
        for place, (signs, sums) in enumerate(
            ((x_sign * y_sign, concordant), (np.abs(x_sign), x_pairs), (np.abs(y_sign), y_pairs))
        ):
            whole[place] += signs.sum() / 2
            sums += np.bincount(codes[part], weights=(signs * share).sum(axis=1), minlength=len(sums))
    with np.errstate(invalid="ignore", divide="ignore"):
        without = (whole[0] - concordant) / np.sqrt((whole[1] - x_pairs) * (whole[2] - y_pairs))
        return float(whole[0] / np.sqrt(whole[1] * whole[2])), without


JACKKNIFE: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]] = {
    "pearson": linear,
    "spearman": linear,
    "kendall": tau,
}
