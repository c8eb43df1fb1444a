"""The score that a strategy sets against diversity: a metric, or the recipe's weighted sum."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.normalize import normalized
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.parameters import WEIGHTED
from crowdselect.strategies.weighted import combined
from crowdselect.ties import formerly


def score_of(candidates: Candidates, spec: SelectSpec, name: str) -> np.ndarray:
    """(n,) in the score's own units, NaN where a row has none; what differs by rounding alone is the same."""
    if name != WEIGHTED:
        return candidates.tied(name)
    total = combined(candidates, spec)
    return formerly(total) if candidates.methods["rounding"] == 1 else total


def relevance(candidates: Candidates, spec: SelectSpec, name: str) -> np.ndarray:
    """(n,) the score on the scale of the recipe's normaliser, NaN where a row has none."""
    return normalized(score_of(candidates, spec, name), spec.normalize)


def weights_of(candidates: Candidates, spec: SelectSpec, name: str, share: float) -> np.ndarray:
    """(n,) how much each row counts, 0 to 1: 1 - share + share x score, the score brought to 0 to 1.

    All 1 where the share is 0, whether a row has the score or not; else NaN where it has none.
    """
    if share == 0:
        return np.ones(len(candidates))
    return 1.0 - share + share * normalized(relevance(candidates, spec, name), "minmax")
