"""Takes the best rows by a priority, overall or a quota from each cluster. Ties go to the lower row (so, by uuid)."""

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
    picked = [_top_of(priority, order[starts[g] : starts[g + 1]], int(q)) for g, q in enumerate(quotas)]
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
    eligible = len(values) - int(np.isnan(values).sum())
    size = min(size, eligible)
    if size <= 0:
        return np.empty(0, dtype=np.int64)
    if size == eligible:
        return np.flatnonzero(~np.isnan(values))
    negated = -values  # NaN sorts last, so the size-th smallest of the negated is the border
    border = np.partition(negated, size - 1)[size - 1]
    take = negated < border
    at_border = np.flatnonzero(negated == border)
    take[at_border[: size - int(take.sum())]] = True
    return np.flatnonzero(take)
