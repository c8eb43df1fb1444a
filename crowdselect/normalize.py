"""Brings metrics to one scale before they are weighted. Each maps finite (n,) float64 to (n,) float64.

Equal values share a rank: those that agree to 12 digits. What entered them may have been larger (`ties.tied`).
"""

from collections.abc import Callable

import numpy as np

from crowdselect.ties import EQUAL


def quantile(values: np.ndarray) -> np.ndarray:
    """The average rank of equal values on [0, 1]; the lowest group gets 0, the highest 1.

    What StandardScaler, MinMaxScaler and QuantileTransformer(uniform) together come to when every row is a quantile
    (listentm/CROWDSELECT), without the subsampling that moves it from run to run.
    """
    return _on_unit(quantile_ranks(values))


def rank(values: np.ndarray) -> np.ndarray:
    """The average rank of equal values on [0, 1]: 0 and 1 only where the extreme is held by one row."""
    return _on_unit(average_ranks(values))


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Twice the average rank of equal values, from 0: whole numbers."""
    order = np.argsort(values)  # several times as fast as scipy.stats.rankdata, which sorts and then looks up
    ordered = values[order]
    size = np.abs(ordered)
    apart = np.diff(ordered) > EQUAL * np.maximum(size[1:], size[:-1])
    starts = np.flatnonzero(np.append(True, apart)[: len(values)])
    ends = np.append(starts[1:], len(values))
    result = np.empty(len(values))
    result[order] = np.repeat(starts + ends - 1.0, ends - starts)
    return result


def quantile_ranks(values: np.ndarray) -> np.ndarray:
    """The same, but 0 for the lowest group and 2 (n - 1) for the highest."""
    result = average_ranks(values)
    if len(result):
        highest, lowest = result == result.max(), result == result.min()
        result[highest] = most(len(values))
        result[lowest] = 0.0
    return result


def most(n: int) -> int:
    """The highest of n of those ranks, which stands for 1."""
    return 2 * max(n - 1, 1)


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
# those that are whole numbers over `most(n)`, so that a sum of them can be exact
RANKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"quantile": quantile_ranks, "rank": average_ranks}


def normalized(values: np.ndarray, normalizer: str) -> np.ndarray:
    """The named normalisation over the rows that have a value; NaN stays NaN."""
    return over_those_there(values, NORMALIZERS[normalizer])


def ranked(values: np.ndarray, normalizer: str) -> tuple[np.ndarray, int]:
    """The whole numbers of a normaliser in RANKS over the rows that have a value, and which of them stands for 1."""
    return over_those_there(values, RANKS[normalizer]), most(int(np.count_nonzero(~np.isnan(values))))


def over_those_there(values: np.ndarray, compute: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`compute` over the rows that have a value; NaN stays NaN."""
    there = ~np.isnan(values)
    if there.all():
        return compute(values)
    result = np.full(len(values), np.nan)
    result[there] = compute(values[there])
    return result


def _on_unit(ranks: np.ndarray) -> np.ndarray:
    return ranks / most(len(ranks))
