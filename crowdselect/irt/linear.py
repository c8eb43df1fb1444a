"""Item response for scores on a scale: a straight line a row, by least squares.

The prior of a slope is normal with mean 0 and a variance of ten times the noise's: it hardly moves a row with scores by
models of all abilities, and draws one whose few models are alike to 0. That of an ability is standard normal.
"""

import numpy as np

from crowdselect.metrics.blocks import mean

Items = tuple[np.ndarray, np.ndarray]

NOISE_IN_SLOPES = 0.1  # variance of the noise / variance of slopes


def items(scores: np.ndarray, ability: np.ndarray, start: Items | None = None) -> Items:
    """(b,) intercepts and slopes of scores (models, b) for these abilities; no start is needed."""
    there = ~np.isnan(scores)
    abilities = np.where(there, ability[:, None], np.nan)
    middle, level = mean(abilities), mean(scores)
    across = np.where(there, abilities - middle, 0.0)
    rise = (across * np.where(there, scores - level, 0.0)).sum(axis=0)
    slope = rise / ((across * across).sum(axis=0) + NOISE_IN_SLOPES)
    return level - slope * middle, slope


def abilities(scores: np.ndarray, intercept: np.ndarray, slope: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(models,) the best abilities for these lines, each at least as sure as the noise about the lines lets it be."""
    there = ~np.isnan(scores)
    rest = np.where(there, scores - intercept, 0.0)
    noise = float((np.where(there, rest - slope * start[:, None], 0.0) ** 2).sum()) / max(int(there.sum()), 1)
    weight = there @ (slope * slope) + noise
    return np.divide(rest @ slope, weight, out=np.zeros(len(scores)), where=weight > 0)
