"""The scores that a draw's reward models give together, without a pool made anew."""

from functools import cached_property

import numpy as np

from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.selection import reward_model_name
from crowdselect.trust.draws import Draw

NO_SPREAD = 1e-13  # of the scale: below, a standard deviation is rounding


class Judges:
    """Every score matrix that draws of one recipe ask for."""

    def __init__(self, pool: Pool, recipe: Recipe) -> None:
        self.pool = pool
        self.recipe = recipe
        self.ensemble = recipe.pool.reward_model == ENSEMBLE

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
        for name in names:
            mean, spread = self._scale(name, times)
            scores = self.pool.scores[name]
            total += (scores - mean) / spread if spread > 0 else scores * 0.0
        return total / max(len(names), 1)

    @cached_property
    def _unscored(self) -> np.ndarray:
        return np.all([np.isnan(scores).all(axis=1) for scores in self.pool.scores.values()], axis=0)

    @cached_property
    def _sums(self) -> dict[str, tuple[float, np.ndarray, np.ndarray, np.ndarray]]:
        """Of each reward model: the mean, then by model the scores' number, sum and sum of squares about that mean."""
        found = {}
        for name, scores in self.pool.scores.items():
            middle = float(np.nanmean(scores)) if not np.isnan(scores).all() else 0.0
            centred = scores - middle
            squares = np.nansum(centred * centred, axis=1)
            found[name] = (middle, (~np.isnan(scores)).sum(axis=1), np.nansum(centred, axis=1), squares)
        return found

    def _scale(self, name: str, times: np.ndarray) -> tuple[float, float]:
        """Mean and standard deviation over the cells, each counted as often as its model was drawn."""
        middle, count, total, squares = self._sums[name]
        cells = float(times @ count)
        if not cells:
            return 0.0, 0.0
        mean = float(times @ total) / cells
        variance = float(times @ squares) / cells - mean * mean
        scale = float(times @ squares) / cells
        return middle + mean, float(np.sqrt(variance)) if variance > NO_SPREAD * scale else 0.0
