"""The answer whose IFD, judge's score and tokens stood for an instruction before signals belonged to answers."""

import numpy as np

from crowdselect.pool import Pool


def former_best(pool: Pool) -> np.ndarray:
    """(n,) int32: the model row of the best mean over reward models of z-scores within the instruction, -1 for none.

    The first by name on ties and without scores; blank responses count.
    """
    total, count = np.zeros(pool.response_words.shape), np.zeros(pool.response_words.shape)
    for scores in pool.scores.values():
        there = ~np.isnan(scores)
        rated = np.maximum(there.sum(axis=0), 1)
        away = np.where(there, scores - np.where(there, scores, 0.0).sum(axis=0) / rated, 0.0)
        spread = np.sqrt((away**2).sum(axis=0) / rated)
        total += np.divide(away, spread, out=np.zeros_like(away), where=spread > 0)
        count += there
    mean = np.round(np.divide(total, count, out=np.full_like(total, -np.finfo(float).max), where=count > 0), 9)
    answered = pool.response_words >= 0
    best = np.argmax(np.where(answered, mean, -np.inf), axis=0)
    return np.where(answered.any(axis=0), best, -1).astype(np.int32)
