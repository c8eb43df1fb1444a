"""How much a selection repeats itself: how like its nearest neighbour in the selection a row is."""

import numpy as np

BLOCK = 1024  # rows compared at once: two blocks' similarities take 4 MB


def redundancy(vectors: np.ndarray, rows: np.ndarray, block: int = BLOCK) -> float:
    """The mean over the rows of the highest cosine similarity to another row of the selection, −1 to 1.

    `vectors` (n, dim) float32 over the pool, `rows` (k,) distinct. Rows without a vector (NaN, or all zero) are left
    out; NaN where fewer than two remain. Each pair of blocks is compared once, in float32: k² dim / 2 products.
    """
    nearest = nearest_in(vectors, rows, block)
    return float(nearest.astype(np.float64).mean()) if len(nearest) else float("nan")


def nearest_in(vectors: np.ndarray, rows: np.ndarray, block: int = BLOCK) -> np.ndarray:
    """The highest cosine similarity of each row that has a vector to another one: (<= k,) float32, empty under two."""
    units = vectors[np.sort(rows)].astype(np.float32)
    lengths = np.linalg.norm(units, axis=1, keepdims=True)
    there = np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0)
    units = units[there] / lengths[there]
    if len(units) < 2:
        return np.empty(0, dtype=np.float32)
    nearest = np.full(len(units), -np.inf, dtype=np.float32)
    for start in range(0, len(units), block):
        here = slice(start, min(start + block, len(units)))
        for other in range(start, len(units), block):
            there_too = slice(other, min(other + block, len(units)))
            likeness = units[here] @ units[there_too].T
            if other == start:
                np.fill_diagonal(likeness, -np.inf)
            np.maximum(nearest[here], likeness.max(axis=1), out=nearest[here])
            if other != start:
                np.maximum(nearest[there_too], likeness.max(axis=0), out=nearest[there_too])
    return np.clip(nearest, -1.0, 1.0)
