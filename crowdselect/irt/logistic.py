"""Item response for scores of two levels, 0 and 1: a logistic curve a row (2PL), by Newton's method.

Priors: slope ~ N(0, 1.5), intercept ~ N(0, 3), ability ~ N(0, 1). Each half of the problem is concave.
"""

import numpy as np

Items = tuple[np.ndarray, np.ndarray]

SLOPE_SD, INTERCEPT_SD = 1.5, 3.0
STEPS, MOST_STEP = 25, 1.0
TOLERANCE = 1e-6


def items(good: np.ndarray, ability: np.ndarray, start: Items | None = None) -> Items:
    """(b,) intercepts and slopes of `good` (models, b), 0, 1 or NaN, for these abilities: all columns at once."""
    intercept, slope = start if start is not None else (np.zeros(good.shape[1]), np.zeros(good.shape[1]))
    there = ~np.isnan(good)
    good = np.where(there, good, 0.0)
    t = ability[:, None]
    for _ in range(STEPS):
        p = _logistic(intercept + slope * t)
        residual, weight = np.where(there, good - p, 0.0), np.where(there, p * (1.0 - p), 0.0)
        by_intercept = residual.sum(axis=0) - intercept / INTERCEPT_SD**2
        by_slope = ability @ residual - slope / SLOPE_SD**2
        dd = weight.sum(axis=0) + INTERCEPT_SD**-2
        da, aa = ability @ weight, ability**2 @ weight + SLOPE_SD**-2
        determinant = dd * aa - da * da
        intercept_step = np.clip((aa * by_intercept - da * by_slope) / determinant, -MOST_STEP, MOST_STEP)
        slope_step = np.clip((dd * by_slope - da * by_intercept) / determinant, -MOST_STEP, MOST_STEP)
        intercept, slope = intercept + intercept_step, slope + slope_step
        if max(np.abs(intercept_step).max(initial=0), np.abs(slope_step).max(initial=0)) < TOLERANCE:
            break
    return intercept, slope


def abilities(good: np.ndarray, intercept: np.ndarray, slope: np.ndarray, start: np.ndarray) -> np.ndarray:
    """(models,) the best abilities for these curves, from a start."""
    there, ability = ~np.isnan(good), start
    good = np.where(there, good, 0.0)
    for _ in range(STEPS):
        p = _logistic(intercept + slope * ability[:, None])
        gradient = np.where(there, good - p, 0.0) @ slope - ability
        curvature = np.where(there, p * (1.0 - p), 0.0) @ slope**2 + 1.0
        step = np.clip(gradient / curvature, -MOST_STEP, MOST_STEP)
        ability = ability + step
        if np.abs(step).max(initial=0) < TOLERANCE:
            break
    return ability


def _logistic(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))
