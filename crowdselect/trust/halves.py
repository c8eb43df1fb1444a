"""Two halves of what a selection is judged by, which share nothing: two crowds of the same kind, each half as large."""

from collections.abc import Sequence

import numpy as np

from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.streams import HALVES, stream
from crowdselect.trust.draws import Draw, judges, units, weights_drawn


def halves(
    pool: Pool, recipe: Recipe, crowd: np.ndarray, over: Sequence[str], pairs: int, seed: int, jitter: float
) -> list[tuple[Draw, Draw]]:
    """`pairs` times two halves of all that `over` names; weights, which have no halves, are drawn for each.

    Families stay whole, since answers of one family are alike; a crowd of one family is halved by its models. What
    there is only one of is in both.
    """
    rng = stream(HALVES, seed)
    return [_two(pool, recipe, crowd, over, jitter, rng) for _ in range(pairs)]


def _two(
    pool: Pool, recipe: Recipe, crowd: np.ndarray, over: Sequence[str], jitter: float, rng: np.random.Generator
) -> tuple[Draw, Draw]:
    models = _models(pool, crowd, rng) if {"models", "families"} & {*over} else (None, None)
    names = _reward_models(pool, recipe, rng) if "reward-models" in over else (None, None)
    weights = [weights_drawn(recipe, jitter, rng) if "weights" in over else None for _ in range(2)]
    first, second = (Draw(models[half], None, names[half], weights[half]) for half in range(2))
    return first, second


def _models(pool: Pool, crowd: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    parts = list(units(pool.models, crowd).values())
    if len(parts) == 1:
        parts = [np.array([row]) for row in crowd]
    if len(parts) < 2:
        return crowd, crowd
    sides: tuple[list[int], list[int]] = ([], [])
    for place in rng.permutation(len(parts)):
        min(sides, key=len).extend(parts[place].tolist())
    return np.sort(np.array(sides[0])), np.sort(np.array(sides[1]))


def _reward_models(pool: Pool, recipe: Recipe, rng: np.random.Generator) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = [str(name) for name in rng.permutation(sorted(pool.scores))]
    if len(names) < 2:
        return judges(pool, recipe), judges(pool, recipe)
    if recipe.pool.reward_model != ENSEMBLE:
        return (names[0],), (names[1],)
    middle = len(names) // 2
    return tuple(sorted(names[:middle])), tuple(sorted(names[middle:]))
