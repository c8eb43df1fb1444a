"""Which rows represent which: for every row those most similar to it, as many as memory allows."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from crowdselect.strategies.embedded import AT_ONCE, STEPS, in_steps

EDGES = 16_000_000  # 4,000 rows have all rows as neighbours, 100,000 have 160
LOOKED_AT = 16  # times as many rows are compared as are kept
MEANS_MOVE = 3  # times
ROWS_AT_ONCE = 512
FINENESS = 2.0**23  # similarities are whole numbers of 1 / FINENESS, so that any sum of them is exact


@dataclass(frozen=True)
class Neighbours:
    """Row j stands for the rows rows[starts[j] : starts[j + 1]], to the degree `similarity` (e,) int32."""

    starts: np.ndarray  # (n + 1,) int
    rows: np.ndarray  # (e,) int32
    similarity: np.ndarray  # (e,) int32, above 0

    def of(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        part = slice(self.starts[row], self.starts[row + 1])
        return self.rows[part], self.similarity[part]


def neighbours(units: np.ndarray, weights: np.ndarray) -> Neighbours:
    """Each row's most similar rows (itself among them), turned round: by the row that stands for others.

    `units` (n, dim) are those of `embedded`; a similarity is the cosine, 0 at least, times the weight (n,), at most 1,
    of the row that is stood for. Up to 4,000 rows have all others. More have their EDGES / n nearest, looked for in
    the groups (spherical k-means) whose means are nearest to their own group's, as many as hold LOOKED_AT times the
    rows that are kept.
    """
    n = len(units)
    most = min(n, max(EDGES // max(n, 1), 1))
    if most * LOOKED_AT >= n:
        groups, near = [np.arange(n)], [np.arange(n)]
    else:
        groups, near = _grouped(units, most * LOOKED_AT)
    to, similarity = np.empty(n * most, dtype=np.int32), np.empty(n * most, dtype=np.int32)
    ends, end = [0], 0
    for members, among in zip(groups, near, strict=True):
        columns = units[among].T
        for start in range(0, len(members), ROWS_AT_ONCE):
            rows = members[start : start + ROWS_AT_ONCE]
            keys = _nearest(units[rows] @ columns, weights[rows], among, most)
            there = keys >= 2**32  # similarity above 0
            ends.extend((end + np.cumsum(np.count_nonzero(there, axis=1))).tolist())
            first, end = end, ends[-1]
            to[first:end], similarity[first:end] = keys[there] & 0xFFFFFFFF, keys[there] >> 32
    stands_for = csr_array((similarity[:end], to[:end], np.array(ends)), shape=(n, n)).tocsc()
    by_place = np.concatenate(groups).astype(np.int32)
    return Neighbours(stands_for.indptr, by_place[stands_for.indices], stands_for.data)


def _nearest(products: np.ndarray, weights: np.ndarray, among: np.ndarray, most: int) -> np.ndarray:
    """(k, most) int64: the highest similarities of each row of products (k, a), each with the row it is to.

    One number holds both, so no two are equal, and which are the highest is certain.
    """
    similarity = np.rint(products * (weights[:, None] * (FINENESS / STEPS**2))).astype(np.int64)
    keys = (np.maximum(similarity, 0) << 32) | among
    if most < keys.shape[1]:
        keys = np.partition(keys, keys.shape[1] - most, axis=1)[:, -most:]
    return keys


def _grouped(units: np.ndarray, wanted: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Rows in groups of like ones, and for each group the rows to compare it with: `wanted` at least."""
    n = len(units)
    means = units[np.linspace(0, n - 1, int(np.sqrt(n))).astype(np.int64)]
    for _ in range(MEANS_MOVE):
        groups = _members(units, means)
        means, _ = in_steps(np.array([units[rows].sum(axis=0) for rows in groups]))
    sizes = np.array([len(rows) for rows in groups])
    near = []
    for products in means @ means.T:
        ranked = np.argsort(-products, kind="stable")
        enough = int(np.searchsorted(np.cumsum(sizes[ranked]), wanted)) + 1
        near.append(np.sort(np.concatenate([groups[group] for group in ranked[:enough]])))
    return groups, near


def _members(units: np.ndarray, means: np.ndarray) -> list[np.ndarray]:
    """The rows of each mean that is the most similar to any, ascending; of equal means the first."""
    parts = [(units[start : start + AT_ONCE] @ means.T).argmax(axis=1) for start in range(0, len(units), AT_ONCE)]
    label = np.concatenate(parts)
    order = np.argsort(label, kind="stable")
    _, starts = np.unique(label[order], return_index=True)
    return np.split(order, starts[1:])
