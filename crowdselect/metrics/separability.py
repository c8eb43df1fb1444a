"""Separability: how far the crowd's scores lie apart."""

import numpy as np

from crowdselect.metrics.blocks import by_blocks, mean


def separability(scores: np.ndarray) -> np.ndarray:
    """Population variance over models (ddof 0): (models, n) scores to (n,). Paper, section 3 (separability)."""
    return by_blocks(scores, _variance)


def _variance(block: np.ndarray) -> np.ndarray:
    deviation = block - mean(block)
    return mean(np.square(deviation, out=deviation))
