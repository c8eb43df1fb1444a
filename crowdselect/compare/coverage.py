"""How much of the pool's ground a selection stands on: cells of a map, clusters, and tags."""

import numpy as np

from crowdselect.errors import UserError
from crowdselect.pool import Pool

CELLS = 32  # a side of the grid


def map_coverage(pool: Pool, projection: str, among: np.ndarray, rows: np.ndarray, cells: int = CELLS) -> float:
    """Occupied cells with a selected row / occupied cells, 0 to 1.

    A grid of `cells` x `cells` lies over the box around `among` (pool rows that may be chosen) on the projection; a
    cell is occupied where one of them lies in it. `rows` are the selected ones. Rows without a place are left out; NaN
    where none has one. At most rows / occupied cells can be reached.
    """
    if projection not in pool.projections:
        known = ", ".join(pool.projections) or "none: run `python -m precompute run project`"
        raise UserError(f"Unknown projection {projection!r}; this workspace has {known}.")
    points = pool.projections[projection].astype(np.float64)
    there: np.ndarray = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    among, rows = among[there[among]], rows[there[rows]]
    if not len(among):
        return float("nan")
    low, high = points[among].min(axis=0), points[among].max(axis=0)
    width = np.where(high > low, high - low, 1.0)

    def cell_of(chosen: np.ndarray) -> np.ndarray:
        places = np.clip(((points[chosen] - low) / width * cells).astype(np.int64), 0, cells - 1)
        return np.unique(places[:, 0] * cells + places[:, 1])

    occupied = cell_of(among)
    return float(np.isin(occupied, cell_of(rows)).mean())


def cluster_coverage(codes: np.ndarray, among: np.ndarray, rows: np.ndarray) -> float:
    """Clusters with a selected row / clusters with a row that may be chosen, 0 to 1; NaN where there is none.

    `codes` (n,) over the pool, -1 where a row has no cluster.
    """
    there = np.unique(codes[among])
    there = there[there >= 0]
    return float(np.isin(there, codes[rows]).mean()) if len(there) else float("nan")


def distinct_tags(pool: Pool, rows: np.ndarray) -> int:
    """The tags that at least one of these rows has: what InsTag (arXiv 2308.07074) calls a set's diversity."""
    chosen = np.zeros(len(pool), dtype=bool)
    chosen[rows] = True
    return sum(bool(chosen[having].any()) for having in pool.tags.values())
