"""What is drawn anew: the crowd's models, its families, the reward models, the weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import families_of
from crowdselect.errors import UserError
from crowdselect.methods import CURRENT, Methods
from crowdselect.pool import Model, Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.selection import reward_model_name
from crowdselect.strategies.ranked_by import metrics_of
from crowdselect.streams import RESAMPLES, stream

SOURCES: dict[str, str] = {
    "models": "The models whose answers are scored, as many as there are, with repeats (bootstrap); within each family "
    "where the recipe goes by stability or concordance, since most draws of the whole crowd would leave none whole.",
    "families": "Whole families of models, with repeats; one drawn twice counts twice. A model without one is its own.",
    "reward-models": "The reward models of an ensemble, with repeats; for a single one, which of all that are here.",
    "weights": "Each weight of the weighted strategy, multiplied by 1 plus or minus the jitter, uniformly.",
}

BY_SIZE = {"stability", "concordance"}  # metrics of how scores change with size inside a family


@dataclass(frozen=True)
class Draw:
    """One crowd, one set of reward models and one set of weights. None: the recipe's own."""

    models: np.ndarray | None = None  # (k,) pool rows of models, ascending, with repeats
    copies: np.ndarray | None = None  # (k,) which copy of its family each belongs to, from 0
    reward_models: tuple[str, ...] | None = None  # by name, with repeats
    weights: tuple[tuple[str, float], ...] | None = None


def checked(over: Sequence[str]) -> tuple[str, ...]:
    """The sources in their usual order; UserError for one that does not exist, or none at all."""
    for source in over:
        if source not in SOURCES:
            raise UserError(f"Unknown source {source!r} to draw anew; choose from {', '.join(SOURCES)}.")
    if not over:
        raise UserError(f"Name what to draw anew: {', '.join(SOURCES)}.")
    return tuple(source for source in SOURCES if source in over)


def draws(
    pool: Pool,
    recipe: Recipe,
    crowd: np.ndarray,
    over: Sequence[str],
    resamples: int,
    seed: int,
    jitter: float,
    methods: Methods = CURRENT,
) -> list[Draw]:
    """`resamples` draws, each of all the sources in `over` at once; `crowd` holds the pool rows of scored models.

    Families and models together are drawn in two stages: families first, then as many models of each drawn family.
    """
    rng = stream(RESAMPLES, seed, methods)
    groups = [crowd]
    if methods["resamples"] > 1 and compares_sizes(recipe):
        groups = _within_families([pool.models[row] for row in crowd], crowd)
    return [
        Draw(
            *_crowd(pool, crowd, groups, over, rng),
            _reward_models(pool, recipe, rng) if "reward-models" in over else None,
            weights_drawn(recipe, jitter, rng) if "weights" in over else None,
        )
        for _ in range(resamples)
    ]


def compares_sizes(recipe: Recipe) -> bool:
    """Whether the recipe goes by how scores change with size inside a family."""
    fields = {condition.field for condition in recipe.pool.where}
    return bool(BY_SIZE & (fields | {*metrics_of(recipe.select)}))


def units(models: Sequence[Model], crowd: np.ndarray) -> dict[str, np.ndarray]:
    """The families of the crowd by name, each with its pool rows; a model without a family stands by itself."""
    found: dict[str, list[int]] = {}
    for row in crowd:
        model = models[int(row)]
        found.setdefault(model.family or model.name, []).append(int(row))
    return {name: np.array(rows) for name, rows in sorted(found.items())}


def judges(pool: Pool, recipe: Recipe) -> tuple[str, ...]:
    """The reward models that the recipe goes by."""
    if recipe.pool.reward_model == ENSEMBLE:
        return tuple(sorted(pool.scores))
    return (reward_model_name(pool, recipe.pool.reward_model),)


def _within_families(models: Sequence[Model], crowd: np.ndarray) -> list[np.ndarray]:
    """The pool rows of each family of several sizes; those of all other models together."""
    families = [crowd[family[:, 0].astype(np.int64)] for family in families_of(models)]
    rest = np.setdiff1d(crowd, np.concatenate(families)) if families else crowd
    return [*families, rest]


def _crowd(
    pool: Pool, crowd: np.ndarray, groups: Sequence[np.ndarray], over: Sequence[str], rng: np.random.Generator
) -> tuple[np.ndarray | None, np.ndarray | None]:
    again: Callable[[np.ndarray], np.ndarray] = lambda rows: rng.choice(rows, len(rows)) if len(rows) else rows  # noqa: E731
    if not {"models", "families"} & {*over}:
        return None, None
    if "families" not in over:
        return np.sort(np.concatenate([again(group) for group in groups])), np.zeros(len(crowd), dtype=np.int64)
    families = list(units(pool.models, crowd).values())
    seen: dict[int, int] = {}
    parts = []
    for place in again(np.arange(len(families))):
        copy = seen[place] = seen.get(place, -1) + 1
        rows = again(families[place]) if "models" in over else families[place]
        parts.append(np.stack([rows, np.full(len(rows), copy)]))
    rows, copies = np.concatenate(parts, axis=1) if parts else np.empty((2, 0), dtype=np.int64)
    order = np.lexsort((copies, rows))
    return rows[order], copies[order]


def _reward_models(pool: Pool, recipe: Recipe, rng: np.random.Generator) -> tuple[str, ...]:
    names = sorted(pool.scores)
    taken = rng.integers(0, len(names), len(judges(pool, recipe)))
    return tuple(names[place] for place in np.sort(taken))


def weights_drawn(recipe: Recipe, jitter: float, rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    """The recipe's weights by name, each moved by up to `jitter` of itself."""
    names = sorted(recipe.select.weights)
    factors = 1.0 + rng.uniform(-jitter, jitter, len(names))
    return tuple((name, recipe.select.weights[name] * float(by)) for name, by in zip(names, factors, strict=True))
