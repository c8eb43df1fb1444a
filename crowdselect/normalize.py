"""Brings metrics to one scale before they are weighted. Each maps finite (n,) float64 to (n,) float64."""

from collections.abc import Callable

import numpy as np

# Equal values differ by about 1e-17 after a mean; ranking would make a difference of it.
DECIMALS = 12


def quantile(values: np.ndarray) -> np.ndarray:
    """The average rank of equal values on [0, 1]; the lowest group gets 0, the highest 1.

    What StandardScaler, MinMaxScaler and QuantileTransformer(uniform) together come to when every row is a quantile
    (listentm/CROWDSELECT), without the subsampling that moves it from run to run.
    """
    result = rank(values)
    if len(result):
        result[result == result.max()] = 1.0
        result[result == result.min()] = 0.0
    return result


def rank(values: np.ndarray) -> np.ndarray:
    """The average rank of equal values on [0, 1]: 0 and 1 only where the extreme is held by one row."""
    rounded = np.round(values, DECIMALS)
    order = np.argsort(rounded)  # several times as fast as scipy.stats.rankdata, which sorts and then looks up
    ordered = rounded[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(values)])
    ends = np.append(starts[1:], len(values))
    result = np.empty(len(values))
    result[order] = np.repeat((starts + ends - 1) / 2, ends - starts)
    return result / max(len(values) - 1, 1)


def minmax(values: np.ndarray) -> np.ndarray:
    """Linear: the lowest to 0, the highest to 1; all 0 where all are equal."""
    if not len(values):
        return values.copy()
    low, spread = values.min(), np.ptp(values)
    return (values - low) / spread if spread > 0 else np.zeros_like(values)


def zscore(values: np.ndarray) -> np.ndarray:
    """Linear: mean 0 and standard deviation (ddof 0) 1; all 0 where all are equal."""
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


NORMALIZERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "quantile": quantile,
    "minmax": minmax,
    "zscore": zscore,
    "rank": rank,
}


def normalized(values: np.ndarray, normalizer: str) -> np.ndarray:
    """The named normalisation over the rows that have a value; NaN stays NaN."""
    there = ~np.isnan(values)
    if there.all():
        return NORMALIZERS[normalizer](values)
    result = np.full(len(values), np.nan)
    result[there] = NORMALIZERS[normalizer](values[there])
    return result
