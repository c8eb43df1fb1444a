"""What a selection depends on most: each model, family, reward model or weight left out, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.selection import Selection
from crowdselect.trust.again import crowd_rows
from crowdselect.trust.draws import Draw, checked, judges, units
from crowdselect.trust.redraw import Progress, Redraw
from crowdselect.trust.robustness import jaccard


@dataclass(frozen=True)
class Mover:
    """One part of the crowd, and how far the selection moves without it."""

    source: str  # a key of SOURCES
    name: str  # of the model, family, reward model or weighed metric
    distance: float  # 1 - Jaccard index with the selection as it is: 0 where nothing moves
    gone: np.ndarray  # pool rows that are not selected without it, ascending
    came: np.ndarray  # pool rows that are selected in their place, ascending
    nothing: bool = False  # without it no row can be selected at all


def leave_one_out(
    selection: Selection,
    over: Sequence[str] = ("models", "families", "reward-models"),
    progress: Progress | None = None,
) -> list[Mover]:
    """Every part that can be left out, the one that moves the selection most first; ties go by name.

    A reward model is left out of an ensemble; where one judges alone, each other takes its place. A weight is set to 0.
    Parts that are the only one of their kind cannot be left out, and are not listed.
    """
    pool, recipe = selection.candidates.pool, selection.recipe
    crowd = crowd_rows(pool, recipe, False)
    without = [(source, *one) for source in checked(over) for one in _without(source, pool, recipe, crowd)]
    chosen = Redraw(selection).chosen([draw for _, _, draw in without], progress)
    movers = [
        Mover(
            source, name, 1.0 - jaccard(selection.rows, rows),
            np.setdiff1d(selection.rows, rows), np.setdiff1d(rows, selection.rows), not len(rows),
        )
        for (source, name, _), rows in zip(without, chosen, strict=True)
    ]  # fmt: skip
    return sorted(movers, key=lambda mover: (-mover.distance, mover.source, mover.name))


def _without(source: str, pool: Pool, recipe: Recipe, crowd: np.ndarray) -> list[tuple[str, Draw]]:
    if source in ("models", "families"):
        parts = (
            units(pool.models, crowd) if source == "families" else {pool.models[r].name: np.array([r]) for r in crowd}
        )
        return [(name, Draw(np.setdiff1d(crowd, rows))) for name, rows in parts.items() if len(parts) > 1]
    if source == "reward-models":
        own = judges(pool, recipe)
        if recipe.pool.reward_model == ENSEMBLE:
            names = [name for name in own if len(own) > 1]
            return [(name, Draw(reward_models=tuple(one for one in own if one != name))) for name in names]
        return [(name, Draw(reward_models=(name,))) for name in sorted(pool.scores) if name not in own]
    if recipe.select.strategy != "weighted":
        return []
    weights = sorted(recipe.select.weights.items())
    counted = [name for name, weight in weights if weight]
    return [
        (name, Draw(weights=tuple((other, 0.0 if other == name else weight) for other, weight in weights)))
        for name in counted
        if len(counted) > 1
    ]
