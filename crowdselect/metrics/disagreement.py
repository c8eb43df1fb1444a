"""How far the reward models are apart on each instruction."""

import numpy as np

from crowdselect.metrics.blocks import mean
from crowdselect.pool import Pool
from crowdselect.ties import EQUAL
from crowdselect.zscores import largest_term, z_scores

DISAGREEMENT = "disagreement"


def disagreement(pool: Pool) -> np.ndarray:
    """(n,) the standard deviation over reward models of a response's z-scores, mean over the models.

    Over the responses that all have rated: NaN where an instruction has none, and everywhere in a pool of one reward
    model.
    """
    if len(pool.scores) < 2:
        return np.full(len(pool), np.nan)
    spread = np.std(z_scores(pool.scores), axis=0)
    spread[spread <= EQUAL * largest_term(pool.scores)] = 0.0  # where they differ by rounding, they agree
    return mean(spread)
