"""How columns go together: pairwise coefficients with p-values and the number of rows behind each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau, rankdata, t

# Kendall's tau sorts every pair anew; beyond this many rows it takes an even sample of them (`n` says how many).
KENDALL_ROWS = 5_000


@dataclass(frozen=True)
class Correlations:
    """Square and symmetric, in the order of `names`; NaN where a pair has under three rows or a column no spread."""

    names: list[str]
    coefficient: np.ndarray  # (k, k)
    p_value: np.ndarray  # (k, k), two-sided
    n: np.ndarray  # (k, k) rows with both values


def correlations(columns: Mapping[str, np.ndarray], method: str) -> Correlations:
    """Columns (n,) float64 with NaN where there is no value; each pair over the rows where both have one."""
    names = list(columns)
    coefficient, p_value = (np.full((len(names), len(names)), np.nan) for _ in range(2))
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    whole = all(not np.isnan(values).any() for values in columns.values())
    # ranks of complete columns are the same in every pair
    ready = {name: rankdata(v) for name, v in columns.items()} if whole and method == "spearman" else columns
    for i, first in enumerate(names):
        for j, second in enumerate(names[: i + 1]):
            x, y = _both(ready[first], ready[second])
            if method == "kendall" and len(x) > KENDALL_ROWS:
                rows = np.linspace(0, len(x) - 1, KENDALL_ROWS).astype(int)
                x, y = x[rows], y[rows]
            counts[i, j] = counts[j, i] = len(x)
            if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
                continue
            measure = METHODS["pearson"] if ready is not columns else METHODS[method]
            coefficient[i, j], p_value[i, j] = measure(x, y)
            coefficient[j, i], p_value[j, i] = coefficient[i, j], p_value[i, j]
    return Correlations(names, coefficient, p_value, counts)


def pearson(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Linear; p from Student's t with n - 2 degrees of freedom."""
    x, y = x - x.mean(), y - y.mean()
    r = float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))
    freedom = len(x) - 2
    with np.errstate(divide="ignore"):
        statistic = abs(r) * np.sqrt(freedom / np.maximum(1.0 - r * r, 0.0))
    return r, float(2.0 * t.sf(statistic, freedom))


def spearman(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Pearson of the average ranks."""
    return pearson(rankdata(x), rankdata(y))


def kendall(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Tau-b, which allows for ties."""
    result = kendalltau(x, y)
    return float(result.statistic), float(result.pvalue)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[float, float]]] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
}


def _both(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    there = ~(np.isnan(x) | np.isnan(y))
    return (x, y) if there.all() else (x[there], y[there])
