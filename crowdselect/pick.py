"""Takes the best rows by a priority, overall or a quota from each cluster. Ties go to the lower row (so, by uuid)."""

from itertools import pairwise

import numpy as np


def best_rows(priority: np.ndarray, size: int) -> np.ndarray:
    """The `size` rows of highest priority, best first; rows without one (NaN) are never taken. (n,) to (<= size,)."""
    return ordered(priority, _top(priority, size))


def ordered(priority: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`rows` by falling priority, equal ones by row."""
    return rows[np.lexsort((rows, -priority[rows]))]


def best_by_group(
    priority: np.ndarray, size: int, order: np.ndarray, starts: np.ndarray, quotas: np.ndarray
) -> np.ndarray:
    """The best `quotas[g]` rows of each group g, of those the best `size`; a gap is filled with the best left over.

    `order` (n',) lists rows group by group, ascending within each; group g is order[starts[g]:starts[g+1]].
    """
    values = priority[order]  # once for all groups
    picked = [
        order[first:end][_top(values[first:end], quota)]
        for (first, end), quota in zip(pairwise(starts.tolist()), quotas.tolist(), strict=True)
    ]
    rows = np.concatenate(picked) if picked else np.empty(0, dtype=np.int64)
    if len(rows) > size:
        rows = _top_of(priority, np.sort(rows), size)
    elif len(rows) < size:
        rest = priority.copy()
        rest[rows] = np.nan
        rows = np.concatenate([rows, _top(rest, size - len(rows))])
    return ordered(priority, rows)


def _top_of(priority: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
    return rows[_top(priority[rows], size)]


def _top(values: np.ndarray, size: int) -> np.ndarray:
    """Places of the `size` highest values, ascending; of equal ones at the border the lower places."""
    places = _promising(values, size)
    values = values[places]
    size = min(size, len(values))
    if size <= 0:
        return places[:0]
    border = np.partition(values, len(values) - size)[len(values) - size]
    take = values > border
    at_border = np.flatnonzero(values == border)
    take[at_border[: size - np.count_nonzero(take)]] = True
    return places[take]


def _promising(values: np.ndarray, size: int) -> np.ndarray:
    """Places that hold all of the `size` highest values, ascending, without NaN.

    Where few of many are wanted, a sample says how high to look, which saves most of the sorting; a sample that
    misled leaves too few places, and then all are looked at.
    """
    step = len(values) // (16 * size) if size > 0 else 0
    if step > 1:
        sample = values[::step]
        sample = sample[~np.isnan(sample)]
        above = 2 * size // step + 8
        if above < len(sample):
            threshold = np.partition(sample, len(sample) - above)[len(sample) - above]
            places = np.flatnonzero(values >= threshold)
            if len(places) >= size:
                return places
    return np.flatnonzero(~np.isnan(values))
