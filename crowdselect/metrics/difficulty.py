"""Difficulty: minus the crowd's mean score, so that harder is higher."""

import numpy as np

from crowdselect.metrics.blocks import by_blocks, mean


def difficulty(scores: np.ndarray) -> np.ndarray:
    """(models, n) scores to (n,); a missing score (NaN) is left out of the mean. Paper, section 3 (difficulty)."""
    return by_blocks(scores, lambda block: -mean(block))
