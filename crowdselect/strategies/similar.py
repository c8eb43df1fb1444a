"""Walks rows in an order and finds those that resemble one that came before."""

from dataclasses import dataclass

import numpy as np

BLOCK = 128  # rows compared at once
DECIMALS = 9  # float noise must not tell a similarity from an equal threshold


@dataclass(frozen=True)
class Wanted:
    """When the walk may end: `size` rows kept, and of each group as many as its quota, or all it has."""

    size: int
    groups: np.ndarray  # (k,) group of each row of the walk
    quotas: np.ndarray  # (g,)

    def met(self, kept: np.ndarray, end: int) -> bool:
        """Whether that holds, where `kept` (k,) marks what is kept of the first `end` rows."""
        of_group = np.bincount(self.groups[:end][kept[:end]], minlength=len(self.quotas))
        ahead = np.bincount(self.groups[end:], minlength=len(self.quotas))
        return int(of_group.sum()) >= self.size and not ((of_group < self.quotas) & (ahead > 0)).any()


def too_similar(vectors: np.ndarray, rows: np.ndarray, threshold: float, wanted: Wanted) -> np.ndarray:
    """(k,) bool: those of `rows` (k,) whose cosine similarity to an earlier kept row is above `threshold`.

    Rows behind the point where `wanted` is met are not looked at, and not marked. `vectors` is (n, dim) float32; a
    vector of zeros resembles nothing. Sums are in float64, so that block size and threads decide nothing.
    """
    fallen = np.zeros(len(rows), dtype=bool)
    kept = np.zeros(len(rows), dtype=bool)
    units = np.empty((BLOCK, vectors.shape[1]))
    count = 0
    for start in range(0, len(rows), BLOCK):
        block = unit_vectors(vectors[rows[start : start + BLOCK]])
        near: np.ndarray = np.any(np.round(block @ units[:count].T, DECIMALS) > threshold, axis=1)
        own: np.ndarray = np.greater(np.round(block @ block.T, DECIMALS), threshold)
        for place in range(len(block)):
            if not near[place]:
                near[place + 1 :] |= own[place, place + 1 :]
        end = start + len(block)
        fallen[start:end], kept[start:end] = near, ~near
        fresh = block[~near]
        if count + len(fresh) > len(units):
            units = np.concatenate([units, np.empty((len(units) + BLOCK, units.shape[1]))])
        units[count : count + len(fresh)] = fresh
        count += len(fresh)
        if wanted.met(kept, end):
            break
    return fallen


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """The vectors at length 1, in float64; zeros stay zeros."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)
