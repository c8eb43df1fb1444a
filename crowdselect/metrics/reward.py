"""Reward: the best, mean and worst score of an instruction's responses."""

import numpy as np

from crowdselect.metrics.blocks import by_blocks, mean


def reward_max(scores: np.ndarray) -> np.ndarray:
    """(models, n) scores to (n,); NaN where no model has one."""
    return by_blocks(scores, lambda block: np.fmax.reduce(block, axis=0, initial=np.nan))


def reward_mean(scores: np.ndarray) -> np.ndarray:
    """(models, n) scores to (n,); NaN where no model has one."""
    return by_blocks(scores, mean)


def reward_min(scores: np.ndarray) -> np.ndarray:
    """(models, n) scores to (n,); NaN where no model has one."""
    return by_blocks(scores, lambda block: np.fmin.reduce(block, axis=0, initial=np.nan))
