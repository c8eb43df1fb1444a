"""How far the reward models are apart on each instruction."""

import numpy as np

from crowdselect.pool import Pool

DISAGREEMENT = "disagreement"


def disagreement(pool: Pool) -> np.ndarray:
    """(n,) the standard deviation over reward models of a response's z-scores, mean over the models.

    NaN where no response has a score from all of them, and everywhere in a pool of one reward model.
    """
    if len(pool.scores) < 2:
        return np.full(len(pool), np.nan)
    total = np.zeros((len(pool.models), len(pool)))
    squares = np.zeros_like(total)
    for scores in pool.scores.values():
        spread = np.nanstd(scores) if not np.isnan(scores).all() else 0.0
        z = (scores - np.nanmean(scores)) / spread if spread > 0 else scores * 0.0
        total += z
        squares += z * z
    count = len(pool.scores)
    deviation = np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0))
    known = ~np.isnan(deviation)
    shared = known.sum(axis=0)
    sums = np.where(known, deviation, 0).sum(axis=0)
    return np.divide(sums, shared, out=np.full(len(pool), np.nan), where=shared > 0)
