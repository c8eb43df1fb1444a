"""The scores that a draw's reward models give together, without a pool made anew."""

from functools import cached_property

import numpy as np

from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.selection import reward_model_name
from crowdselect.ties import rounded
from crowdselect.trust.draws import Draw
from crowdselect.zscores import rated_by_all

NO_SPREAD = 1e-13  # of the scale: below, a standard deviation is rounding
Sums = tuple[float, np.ndarray, np.ndarray, np.ndarray]  # mean; by model: number, sum and squares about that mean


class Judges:
    """Every score matrix that draws of one recipe ask for."""

    def __init__(self, pool: Pool, recipe: Recipe) -> None:
        self.pool = pool
        self.recipe = recipe
        self.ensemble = recipe.pool.reward_model == ENSEMBLE
        self._kept: dict[tuple[str, ...], dict[str, Sums]] = {}

    def scores(self, draw: Draw) -> np.ndarray:
        """(models of the pool, n): a reward model's own, or the mean of the drawn ones' z-scores over drawn cells."""
        if not self.ensemble:
            names = draw.reward_models or (reward_model_name(self.pool, self.recipe.pool.reward_model),)
            return self.pool.scores[names[0]]
        names = tuple(self.pool.scores) if draw.reward_models is None else draw.reward_models
        times = np.ones(len(self.pool.models))
        if draw.models is not None:
            drawn = np.bincount(draw.models, minlength=len(times)).astype(np.float64)
            times = np.where(self._unscored, 1.0, drawn)
        total = np.zeros((len(self.pool.models), len(self.pool)))
        sums = self._sums(tuple(sorted(set(names))))
        for name in names:
            mean, spread = _scale(*sums[name], times)
            scores = self.pool.scores[name]
            total += (scores - mean) / spread if spread > 0 else scores * 0.0
        return rounded(total / max(len(names), 1))

    @cached_property
    def _unscored(self) -> np.ndarray:
        return np.all([np.isnan(scores).all(axis=1) for scores in self.pool.scores.values()], axis=0)

    def _sums(self, names: tuple[str, ...]) -> dict[str, Sums]:
        """Of each of these reward models, over the responses that all of them have rated."""
        if names in self._kept:
            return self._kept[names]
        shared = rated_by_all({name: self.pool.scores[name] for name in names})
        count = shared.sum(axis=1)
        found = {}
        for name in names:
            scores = np.where(shared, self.pool.scores[name], 0.0)
            middle = float(scores.sum()) / max(int(count.sum()), 1)
            centred = np.where(shared, scores - middle, 0.0)
            found[name] = (middle, count, centred.sum(axis=1), (centred * centred).sum(axis=1))
        self._kept[names] = found
        return found


def _scale(
    middle: float, count: np.ndarray, total: np.ndarray, squares: np.ndarray, times: np.ndarray
) -> tuple[float, float]:
    """Mean and standard deviation over the cells, each counted as often as its model was drawn."""
    cells = float(times @ count)
    if not cells:
        return 0.0, 0.0
    mean = float(times @ total) / cells
    scale = float(times @ squares) / cells
    variance = scale - mean * mean
    return middle + mean, float(np.sqrt(variance)) if variance > NO_SPREAD * scale else 0.0
