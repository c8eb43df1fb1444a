"""Every instruction in the order of a selection, for people who look through them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.filters import matching, needs_scores
from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.selection import Selection


@dataclass(frozen=True)
class Ranking:
    """Where each pool row stands: all of these have one entry a pool row, but `order`, which is a way through them."""

    order: np.ndarray  # (n,) pool rows: the best priority first, at the end those without one, by uuid
    rank: np.ndarray  # (n,) int32, 1 for the best priority; 0 where it has none
    selected: np.ndarray  # (n,) bool
    score: np.ndarray  # (n,) float64, what the strategy ranked by; NaN where it has none


def ranking(selection: Selection) -> Ranking:
    """The whole pool under a selection, whether a row could be chosen or not."""
    candidates, choice = selection.candidates, selection.choice
    rows = len(candidates.pool)
    best = candidates.rows[np.argsort(-choice.priority, kind="stable")[: selection.eligible]]  # NaN sorts last
    rank = np.zeros(rows, dtype=np.int32)
    rank[best] = np.arange(1, len(best) + 1)
    selected = np.zeros(rows, dtype=bool)
    selected[selection.rows] = True
    score = np.full(rows, np.nan)
    if choice.score is not None:
        score[candidates.rows] = choice.score
    return Ranking(np.concatenate([best, np.flatnonzero(rank == 0)]), rank, selected, score)


def rows_where(pool: Pool, conditions: Sequence[Filter], scored: Candidates | None = None) -> np.ndarray:
    """(n,) bool: the pool rows that meet every condition.

    The rows are those of the pool, not of a recipe's candidates: what has no score can be found too. A condition on
    scores is asked of `scored`, and no other row meets it.
    """
    rows = len(pool)
    everyone = Candidates(pool, np.arange(rows), (), np.empty((0, rows)), np.full(rows, -1))
    keep = np.ones(rows, dtype=bool)
    for condition in conditions:
        asked = scored if scored is not None and needs_scores(condition, pool) else everyone
        found = np.zeros(rows, dtype=bool)
        found[asked.rows] = matching(asked, condition)
        keep &= found
    return keep


def among(selection: Selection) -> np.ndarray:
    """(n,) bool: the pool rows that the selection was taken from."""
    keep = np.zeros(len(selection.candidates.pool), dtype=bool)
    keep[selection.candidates.rows] = True
    return keep


def value_of(selection: Selection, metric: str, rows: np.ndarray) -> np.ndarray:
    """(k,) the metric of these pool rows; NaN for one that is no candidate."""
    candidates = selection.candidates
    if not len(candidates):
        return np.full(len(rows), np.nan)
    places = np.minimum(np.searchsorted(candidates.rows, rows), len(candidates) - 1)
    return np.where(candidates.rows[places] == rows, candidates.metric(metric)[places], np.nan)


def in_order(standing: Ranking, keep: np.ndarray) -> np.ndarray:
    """The pool rows that `keep` (n,) marks, best first."""
    return standing.order[keep[standing.order]]


def near_in_order(pool: Pool, near: Sequence[tuple[str, float]], keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of (uuid, similarity) pairs those that `keep` (n,) marks: (k,) pool rows and (k,) similarities, in that order."""
    rows = np.array([pool.row_of[uuid] for uuid, _ in near], dtype=np.intp)
    likeness = np.array([similarity for _, similarity in near], dtype=np.float64)
    kept = keep[rows]
    return rows[kept], likeness[kept]


def on_side(standing: Ranking, side: str) -> np.ndarray:
    """(n,) bool: the rows that are `selected`, `not_selected`, or all of them."""
    if side == "selected":
        return standing.selected
    return ~standing.selected if side == "not_selected" else np.ones(len(standing.order), dtype=bool)


def place_of(rows: np.ndarray, row: int) -> int | None:
    """Where in a list of pool rows one of them stands; None where it does not."""
    places = np.flatnonzero(rows == row)
    return int(places[0]) if len(places) else None
