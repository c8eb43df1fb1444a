"""Whose turn it is, where rows are taken one by one and the recipe spreads them over clusters."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice


class Turns:
    """A row may be taken while its cluster has some of its quota left. When no such row is left, any may.

    Rows are numbered as in `positions` (n,), the candidates that a strategy may take at all.
    """

    def __init__(self, candidates: Candidates, spec: SelectSpec, positions: np.ndarray) -> None:
        self.size: int = min(spec.size, len(positions))
        self._left: np.ndarray | None = None
        if spec.clusters is not None:
            rows, _, members = candidates.groups(spec.clusters.name)
            group_of = np.full(len(candidates), len(members))  # rows without a cluster stand in one that gives nothing
            group_of[rows] = np.repeat(np.arange(len(members)), members)
            self._group = group_of[positions]
            self._left = np.append(QUOTAS[spec.clusters.quota](spec.size, members), 0)

    def open(self, rows: np.ndarray) -> np.ndarray:
        """(k,) bool: which of `rows` may be taken now."""
        if self._left is None:
            return np.ones(len(rows), dtype=bool)
        return self._left[self._group[rows]] > 0

    def may(self, row: int) -> bool:
        """Whether this one may be taken now."""
        return self._left is None or bool(self._left[self._group[row]] > 0)

    def best(self, values: np.ndarray) -> int:
        """The row with the highest of `values` (n,) among those that may be taken, the lowest of equal ones."""
        may = self.open(np.arange(len(values)))
        if not may.any():
            self.lift()
            may[:] = True
        return int(np.argmax(np.where(may, values, -np.inf)))

    def take(self, row: int) -> None:
        if self._left is not None:
            self._left[self._group[row]] -= 1

    def lift(self) -> None:
        """From now on any row may be taken: the clusters have given what they have."""
        self._left = None


def in_turn(
    candidates: Candidates, positions: np.ndarray, order: np.ndarray, values: np.ndarray, score: np.ndarray
) -> Choice:
    """The choice of the rows `order` (k,), in that order; the others follow by `values` (n,), equal ones by row.

    `score` (n,) is what each was worth. `positions` (n,) numbers the rows; a candidate that is not there has neither.
    """
    left = np.ones(len(positions), dtype=bool)
    left[order] = False
    rest = np.flatnonzero(left)
    rest = rest[np.argsort(-values[rest], kind="stable")]
    priority, scores = np.full(len(candidates), np.nan), np.full(len(candidates), np.nan)
    priority[positions[np.concatenate([order, rest])]] = -np.arange(len(positions), dtype=np.float64)
    scores[positions] = score
    return Choice(positions[order], priority, scores)


def none(candidates: Candidates) -> Choice:
    """The choice where no candidate can be taken."""
    nothing = np.full(len(candidates), np.nan)
    return Choice(np.empty(0, dtype=np.int64), nothing, nothing)
