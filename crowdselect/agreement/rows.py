"""Rank correlations over models, for every instruction at once."""

import numpy as np

from crowdselect.metrics.blocks import COLUMNS


def over_models(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spearman's rho and Kendall's tau-b of two reward models' scores (models, n), over the models: (n,) each.

    Over the responses that both have scored; NaN where either gives all of those the same score, or there are under
    two. Both come from the signs of pairwise differences: a rank, centred, is half the sum of its signs, and tau-b is
    their product's sum over the geometric mean of the pairs that are not tied (Kendall 1945).
    """
    n = first.shape[1]
    rho, tau = np.empty(n), np.empty(n)
    for start in range(0, n, COLUMNS):
        part = slice(start, start + COLUMNS)
        rho[part], tau[part] = _block(first[:, part], second[:, part])
    return rho, tau


def _block(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    models, n = x.shape
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = np.where(both, x, np.nan), np.where(both, y, np.nan)  # a comparison with NaN is false: no sign
    x_ranks, y_ranks = np.zeros((models, n), dtype=np.int32), np.zeros((models, n), dtype=np.int32)
    product, x_pairs, y_pairs = (np.zeros(n, dtype=np.int32) for _ in range(3))
    for low in range(models):
        for high in range(low + 1, models):
            x_sign, y_sign = _sign(x[low], x[high]), _sign(y[low], y[high])
            x_ranks[high] += x_sign
            x_ranks[low] -= x_sign
            y_ranks[high] += y_sign
            y_ranks[low] -= y_sign
            product += x_sign * y_sign
            x_pairs += x_sign != 0
            y_pairs += y_sign != 0
    x_wide, y_wide = x_ranks.astype(np.float64), y_ranks.astype(np.float64)
    spread = (x_wide * x_wide).sum(axis=0) * (y_wide * y_wide).sum(axis=0)
    rho = _ratio((x_wide * y_wide).sum(axis=0), spread)
    return rho, _ratio(product.astype(np.float64), x_pairs.astype(np.float64) * y_pairs)


def _sign(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    sign: np.ndarray = (high > low).view(np.int8) - (high < low).view(np.int8)
    return sign


def _ratio(product: np.ndarray, square: np.ndarray) -> np.ndarray:
    """product / sqrt(square), NaN where the square is 0."""
    there = square > 0
    ratio = product / np.sqrt(np.where(there, square, 1.0))
    return np.where(there, np.clip(ratio, -1.0, 1.0), np.nan)
