"""Whether a row keeps its distance from every row that is taken."""

import numpy as np

from crowdselect.strategies.embedded import cosines, in_steps


class Apart:
    """Remembers the directions of the rows that were taken. `least` is a cosine distance, exact whatever the order.

    A row without an embedding is near to nothing here; who may be taken at all is decided before.
    """

    def __init__(self, vectors: np.ndarray, rows: np.ndarray, least: float) -> None:
        """`vectors` (pool rows, dim) float32; `rows` (n,) the pool row of each candidate."""
        self._vectors, self._rows = vectors, rows
        self._most: float = round(1.0 - least, 7)  # similarity
        self._taken = np.empty((256, vectors.shape[1]))
        self._count = 0

    def look(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a block of candidates (k,): which are near a taken one, (k, k) which are near each other, directions."""
        units, good = in_steps(self._vectors[self._rows[positions]])
        units[~good] = 0.0
        near = np.zeros(len(positions), dtype=bool)
        if self._count:
            near = np.any(cosines(units @ self._taken[: self._count].T) > self._most, axis=1)
        return near, cosines(units @ units.T) > self._most, units

    def take(self, unit: np.ndarray) -> None:
        if self._count == len(self._taken):
            self._taken = np.concatenate([self._taken, np.empty_like(self._taken)])
        self._taken[self._count] = unit
        self._count += 1
