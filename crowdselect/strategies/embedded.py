"""The candidates that have an embedding, as directions whose cosine similarities are exact."""

from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError

# Components are whole numbers up to this one. A product of two such vectors, and each sum on the way to it, is then a
# whole number below 2**53: float64 holds it exactly, whatever the order of summing, the threads or the processor.
STEPS = 2.0**26
DECIMALS = 6  # what the steps leave certain of a cosine
AT_ONCE = 4096  # rows


@dataclass(frozen=True)
class Embedded:
    """Candidates with an embedding, in row order: their vectors at length 1, in steps of 1 / STEPS."""

    positions: np.ndarray  # (n,) of the candidates, ascending
    units: np.ndarray  # (n, dim) float64, whole numbers

    def __len__(self) -> int:
        return len(self.positions)


def vectors_of(candidates: Candidates, embeddings: str) -> np.ndarray:
    """The pool's vectors (pool rows, dim) float32, NaN where a row has none. UserError where the pool has none."""
    if candidates.pool.vectors is None:
        raise UserError("This pool has no embeddings: open a workspace, and run `python -m precompute run embed`.")
    return candidates.pool.vectors(embeddings or None)


def embedded(candidates: Candidates, embeddings: str, there: np.ndarray | None = None) -> Embedded:
    """The candidates (of those that `there` (n,) marks) whose vector is finite and not zero."""
    vectors = vectors_of(candidates, embeddings)
    asked = np.arange(len(candidates)) if there is None else np.flatnonzero(there)
    units = np.empty((len(asked), vectors.shape[1]))
    good = np.zeros(len(asked), dtype=bool)
    for first in range(0, len(asked), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        units[part], good[part] = in_steps(vectors[candidates.rows[asked[part]]])
    return Embedded(asked, units) if good.all() else Embedded(asked[good], units[good])


def in_steps(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, dim) of any length to directions in steps, and (n,) bool: which of them have a direction."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    good = np.isfinite(lengths) & (lengths > 0)
    units = np.divide(wide, lengths, out=np.zeros_like(wide), where=good)
    return np.rint(units * STEPS), good[:, 0]


def cosines(products: np.ndarray) -> np.ndarray:
    """The cosine similarities that products of units stand for, rounded so that equal ones are equal."""
    return np.round(products / STEPS**2, DECIMALS)
