"""Brings reward models to one scale: z-scores, over the responses that all of them have rated."""

from collections.abc import Mapping

import numpy as np


def rated_by_all(scores: Mapping[str, np.ndarray]) -> np.ndarray:
    """(models, n) where every reward model has a score."""
    there: np.ndarray = np.logical_and.reduce([~np.isnan(each) for each in scores.values()])
    return there


def z_scores(scores: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Each reward model's scores (models, n) with mean 0 and deviation 1 over the responses that all have rated.

    Two that agree wherever both are give the same z-scores, however easy what one of them has left out. NaN where a
    reward model has no score; 0 where its scores of those responses are all equal, or there are none.
    """
    shared = rated_by_all(scores)
    return [_standard(each, each[shared]) for each in scores.values()]


def largest_term(scores: Mapping[str, np.ndarray]) -> float:
    """The largest score in deviations: what the z-scores were differences of, so that they are no more certain."""
    shared = rated_by_all(scores)
    if not shared.any():
        return 0.0
    found = [(np.abs(each[shared]).max(), each[shared].std()) for each in scores.values()]
    return max((float(largest / spread) for largest, spread in found if spread > 0), default=0.0)


def _standard(scores: np.ndarray, among: np.ndarray) -> np.ndarray:
    if not len(among) or np.ptp(among) == 0:
        return scores * 0.0
    standard: np.ndarray = (scores - among.mean()) / among.std()
    return standard
