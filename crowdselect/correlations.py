"""How columns go together: pairwise coefficients with p-values and the number of rows behind each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr
from scipy.stats import false_discovery_control, kendalltau

from crowdselect import by_groups

# Kendall's tau sorts every pair anew; beyond this many rows it takes an even sample of them (`n` says how many).
KENDALL_ROWS = 5_000


@dataclass(frozen=True)
class Correlations:
    """Square and symmetric, in the order of `names`; NaN where a pair has under three rows or a column no spread."""

    names: list[str]
    coefficient: np.ndarray  # (k, k)
    p_value: np.ndarray  # (k, k), two-sided
    n: np.ndarray  # (k, k) rows with both values

    @cached_property
    def q_value(self) -> np.ndarray:
        """(k, k) p-values adjusted for the number of pairs off the diagonal: of the pairs with q below 0.05, one in
        twenty is expected to be chance's (Benjamini and Hochberg 1995). NaN on the diagonal."""
        adjusted = np.full(self.p_value.shape, np.nan)
        first, second = np.triu_indices(len(self.names), 1)
        adjusted[first, second] = adjusted[second, first] = q_values(self.p_value[first, second])
        return adjusted


class Column:
    """One column, with what every pair it is in would else work out again."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.there: np.ndarray = ~np.isnan(values)
        self.n = int(self.there.sum())

    @cached_property
    def codes(self) -> np.ndarray:
        """Equal values have equal codes and greater ones greater: 0, 1, 2, … ; -1 where there is no value."""
        present = self.values if self.n == len(self.values) else self.values[self.there]
        order = np.argsort(present)
        rising = present[order]
        steps = np.empty(len(present), dtype=np.int32)
        steps[order] = np.cumsum(np.concatenate(([0], rising[1:] != rising[:-1]))[: len(present)], dtype=np.int32)
        if self.n == len(self.values):
            return steps
        codes = np.full(len(self.values), -1, dtype=np.int32)
        codes[self.there] = steps
        return codes

    @cached_property
    def ranks(self) -> "Column":
        """The average ranks of the values that are there."""
        if self.n == len(self.values):
            return Column(ranks_of(self.codes))
        ranks = np.full(len(self.values), np.nan)
        ranks[self.there] = ranks_of(self.codes[self.there])
        return Column(ranks)

    @cached_property
    def centred(self) -> np.ndarray:
        """Minus the mean, 0 where there is no value, so that sums of products skip it."""
        if not self.n:
            return np.zeros(len(self.values))
        if self.n == len(self.values):
            return self.values - self.values.mean()
        return np.where(self.there, self.values - self.values[self.there].mean(), 0.0)

    @cached_property
    def mask(self) -> np.ndarray:
        """1.0 where there is a value."""
        return self.there.astype(np.float64)

    @cached_property
    def square(self) -> float:
        """The sum of squares about the mean; exactly 0 where all values are equal."""
        present = self.values if self.n == len(self.values) else self.values[self.there]
        return float(self.centred @ self.centred) if self.n and np.ptp(present) > 0 else 0.0


def correlations(columns: Mapping[str, np.ndarray], method: str, groups: np.ndarray | None = None) -> Correlations:
    """Columns (n,) float64 with NaN where there is no value; each pair over the rows where both have one.

    `groups` (n,) int: rows of one group may depend on each other, and p-values take whole groups as what is drawn.
    """
    names = list(columns)
    ready = [Column(values) for values in columns.values()]
    coefficient, p_value = (np.full((len(names), len(names)), np.nan) for _ in range(2))
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for i, first in enumerate(ready):
        for j, second in enumerate(ready[: i + 1]):
            pair = METHODS[method](first, second)
            if groups is not None and i != j:
                pair = pair._replace(p_value=_p_by_groups(method, first, second, groups))
            coefficient[i, j], p_value[i, j], counts[i, j] = pair.coefficient, pair.p_value, pair.n
            coefficient[j, i], p_value[j, i], counts[j, i] = pair.coefficient, pair.p_value, pair.n
    return Correlations(names, coefficient, p_value, counts)


class Pair(NamedTuple):
    """What one pair of columns comes to."""

    coefficient: float
    p_value: float
    n: int


def pearson(x: Column, y: Column) -> Pair:
    """Linear; p by Student's t with n - 2 degrees of freedom."""
    if x.n == y.n == len(x.values) or x is y:
        return _linear(float(x.centred @ y.centred), x.square, y.square, x.n)
    n = round(float(x.mask @ y.mask))
    if n == x.n == y.n:
        return _linear(float(x.centred @ y.centred), x.square, y.square, n)
    return _among(x, y, n)


def _among(x: Column, y: Column, n: int) -> Pair:
    """Pearson over the `n` rows that have both, from sums: nothing is copied out of the columns."""
    if n < 3:
        return Pair(np.nan, np.nan, n)
    x_sum, y_sum = float(x.centred @ y.mask), float(x.mask @ y.centred)
    x_square = float((x.centred * x.centred) @ y.mask) - x_sum * x_sum / n
    y_square = float(x.mask @ (y.centred * y.centred)) - y_sum * y_sum / n
    if not (x_square > 1e-6 * x.square > 0 and y_square > 1e-6 * y.square > 0):  # what is left may be noise
        both = x.there & y.there
        return pearson(Column(x.values[both]), Column(y.values[both]))
    return _linear(float(x.centred @ y.centred) - x_sum * y_sum / n, x_square, y_square, n)


def spearman(x: Column, y: Column) -> Pair:
    """Pearson of the average ranks, among the rows that have both values."""
    both = x.there & y.there
    if int(both.sum()) == x.n == y.n:
        return pearson(x.ranks, y.ranks)
    return pearson(Column(ranks_of(x.codes[both])), Column(ranks_of(y.codes[both])))


def kendall(x: Column, y: Column) -> Pair:
    """Tau-b, which allows for ties."""
    rows = _kendall_rows(x, y)
    a, b = x.values[rows], y.values[rows]
    if len(rows) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Pair(np.nan, np.nan, len(rows))
    result = kendalltau(a, b)
    return Pair(float(result.statistic), float(result.pvalue), len(rows))


def q_values(p_values: np.ndarray) -> np.ndarray:
    """(k,) Benjamini-Hochberg's q of each p-value; NaN where there is none, and not among the number of them."""
    adjusted, there = np.full(len(p_values), np.nan), ~np.isnan(p_values)
    if there.any():
        adjusted[there] = false_discovery_control(p_values[there])
    return adjusted


METHODS: dict[str, Callable[[Column, Column], Pair]] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
}


def ranks_of(codes: np.ndarray) -> np.ndarray:
    """Average ranks from 1 of values that are given as codes >= 0, by counting: no sort."""
    if not len(codes):
        return np.empty(0)
    counts = np.bincount(codes)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[codes]


def _kendall_rows(x: Column, y: Column) -> np.ndarray:
    rows = np.flatnonzero(x.there & y.there)
    if len(rows) > KENDALL_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, KENDALL_ROWS).astype(int)]
    return rows


def _p_by_groups(method: str, x: Column, y: Column, groups: np.ndarray) -> float:
    rows = _kendall_rows(x, y) if method == "kendall" else np.flatnonzero(x.there & y.there)
    if method == "spearman":
        return by_groups.p_value(method, ranks_of(x.codes[rows]), ranks_of(y.codes[rows]), groups[rows])
    return by_groups.p_value(method, x.values[rows], y.values[rows], groups[rows])


def _linear(product: float, x_square: float, y_square: float, n: int) -> Pair:
    if n < 3 or not x_square > 0 or not y_square > 0:
        return Pair(np.nan, np.nan, n)
    r = float(np.clip(product / np.sqrt(x_square * y_square), -1.0, 1.0))
    with np.errstate(divide="ignore"):
        statistic = abs(r) * np.sqrt((n - 2) / np.maximum(1.0 - r * r, 0.0))
    return Pair(r, float(2.0 * stdtr(n - 2, -statistic)), n)
