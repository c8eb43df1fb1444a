"""k-center greedy: no row of the pool far from a chosen one (Gonzalez 1985; Sener and Savarese 2018)."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.apart import take_apart
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.embedded import cosines, embedded, in_steps
from crowdselect.strategies.parameters import WEIGHTED, Embeddings, Score, Share
from crowdselect.strategies.relevance import weights_of
from crowdselect.strategies.turns import Turns, in_turn, none


def k_center(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    score_weight: Share = 0.0,
    score: Score = WEIGHTED,
    embeddings: Embeddings = "",
) -> Choice:
    """One by one the row that is farthest from all that are taken: first the one nearest to the mean of all.

    The farthest that any row is then from a chosen one is at most twice what the best choice of as many would leave
    (distance between vectors of length 1; without clusters). `score_weight` w multiplies a row's distance by
    1 - w + w x its score from 0 to 1, so that good rows are covered first; above 0, a row without the score is left
    out, as is always one without an embedding."""
    weights = weights_of(candidates, spec, score, score_weight)
    has = embedded(candidates, embeddings, ~np.isnan(weights))
    if not len(has):
        return none(candidates)
    weights = weights[has.positions]
    turns = Turns(candidates, spec, has.positions)

    def worth(rows: np.ndarray, near: np.ndarray) -> np.ndarray:
        return weights[rows] * np.sqrt(np.maximum(2.0 - 2.0 * near, 0.0))

    mean, _ = in_steps(has.units.sum(axis=0)[None])
    first = turns.best(cosines(has.units @ mean[0]))
    order, values = take_apart(has.units, worth, first, turns)
    return in_turn(candidates, has.positions, order, values, values)
