"""MMR: maximal marginal relevance (Carbonell and Goldstein 1998), a good row that is unlike those taken before."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.apart import take_apart
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.embedded import embedded
from crowdselect.strategies.parameters import WEIGHTED, Embeddings, Score, Share
from crowdselect.strategies.relevance import relevance
from crowdselect.strategies.turns import Turns, in_turn, none
from crowdselect.ties import rounded


def mmr(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    score: Score = WEIGHTED,
    trade_off: Share = 0.5,
    embeddings: Embeddings = "",
) -> Choice:
    """One by one the row with the highest lambda x score - (1 - lambda) x highest cosine similarity to a taken row;
    first the one with the best score. `trade_off` is lambda: 1 looks at the score alone, 0 at the similarity alone.
    `score` (a metric, or `weighted`: the recipe's weighted sum) is on the scale of the recipe's `normalize`. A row
    without the score or an embedding is left out."""
    scores = relevance(candidates, spec, score)
    has = embedded(candidates, embeddings, ~np.isnan(scores))
    if not len(has):
        return none(candidates)
    scores = scores[has.positions]
    turns = Turns(candidates, spec, has.positions)
    first = turns.best(scores)

    def worth(rows: np.ndarray, near: np.ndarray) -> np.ndarray:
        value = trade_off * scores[rows] - (1.0 - trade_off) * near
        return value if candidates.methods["rounding"] == 1 else rounded(value)

    order, values = take_apart(has.units, worth, first, turns)
    values[first] = trade_off * scores[first]
    return in_turn(candidates, has.positions, order, values, values)
