"""Facility location: rows that together stand for the whole pool (lazy greedy: Minoux 1978; Nemhauser et al. 1978)."""

import heapq

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.embedded import embedded
from crowdselect.strategies.neighbours import FINENESS, Neighbours, neighbours
from crowdselect.strategies.parameters import WEIGHTED, Embeddings, Score, Share
from crowdselect.strategies.relevance import weights_of
from crowdselect.strategies.turns import Turns, in_turn, none


def facility_location(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    score_weight: Share = 0.0,
    score: Score = WEIGHTED,
    embeddings: Embeddings = "",
) -> Choice:
    """One by one the row that adds most to the sum, over all rows, of the highest cosine similarity (0 at least) to a
    taken row. `score_weight` w makes a row count 1 - w + w x its score from 0 to 1 in that sum, so that good rows are
    stood for first; above 0, a row without the score is left out, as is always one without an embedding.

    Without clusters the sum is at least 1 - 1/e (63 %) of the best that as many rows can have. Above 4,000 rows only
    each row's nearest count (160 of 100,000), which makes the sum smaller for any choice and the same holds of it
    (Lindgren et al. 2016 bound what that costs)."""
    weights = weights_of(candidates, spec, score, score_weight)
    has = embedded(candidates, embeddings, ~np.isnan(weights))
    if not len(has):
        return none(candidates)
    turns = Turns(candidates, spec, has.positions)
    near = neighbours(has.units, weights[has.positions])
    order, gains = take_representative(near, turns)
    return in_turn(candidates, has.positions, order, gains, gains / FINENESS)


def take_representative(near: Neighbours, turns: Turns) -> tuple[np.ndarray, np.ndarray]:
    """The rows in the order of taking (k,), and what each added when it was taken, or would add at the end (n,).

    A row adds less the more is taken, so one that adds more now than any other did when last looked at is the best;
    ties to the lower row.
    """
    n = len(near.starts) - 1
    covered = np.zeros(n, dtype=np.int32)
    gains = _gains(near, covered)
    waiting = [(-gain, row) for row, gain in enumerate(gains.tolist())]
    heapq.heapify(waiting)
    passed: list[tuple[int, int]] = []
    order: list[int] = []
    while len(order) < turns.size:
        if not waiting:
            turns.lift()
            waiting, passed = passed, []
            heapq.heapify(waiting)
        before, row = heapq.heappop(waiting)
        if not turns.may(row):
            passed.append((before, row))
            continue
        rows, similarity = near.of(row)
        added = similarity - covered[rows]
        now = -int(added[added > 0].sum())
        if waiting and (now, row) > waiting[0]:
            heapq.heappush(waiting, (now, row))
            continue
        covered[rows] = np.maximum(similarity, covered[rows])
        gains[row] = -now
        turns.take(row)
        order.append(row)
    taken = np.array(order, dtype=np.int64)
    at_the_end = _gains(near, covered)
    at_the_end[taken] = gains[taken]
    return taken, at_the_end


def _gains(near: Neighbours, covered: np.ndarray) -> np.ndarray:
    """(n,) int64: what each row would add to the sum."""
    n = len(near.starts) - 1
    gains = np.zeros(n, dtype=np.int64)
    for first in range(0, n, 4096):
        starts = near.starts[first : first + 4097].astype(np.int64)
        part = slice(starts[0], starts[-1])
        added = np.maximum(near.similarity[part] - covered[near.rows[part]], 0)
        sums = np.append(0, np.cumsum(added, dtype=np.int64))
        gains[first : first + 4096] = sums[starts[1:] - starts[0]] - sums[starts[:-1] - starts[0]]
    return gains
