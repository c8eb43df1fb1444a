"""A pool made anew for one draw: what the ordinary `select` needs to choose under another crowd.

Slow, since everything is copied; the measure that the faster way (`judged`) is held to.
"""

from dataclasses import replace

import numpy as np

from crowdselect.methods import CURRENT, Methods
from crowdselect.pool import Model, Pool
from crowdselect.recipe import ENSEMBLE, Recipe
from crowdselect.selection import Selection, gather, select_from
from crowdselect.trust.draws import Draw, judges


def copied(model: Model, copy: int) -> Model:
    """The model as one of another copy of its family."""
    return model if copy == 0 or not model.family else replace(model, family=f"{model.family} ({copy + 1})")


def crowd_rows(pool: Pool, recipe: Recipe, any_judge: bool) -> np.ndarray:
    """The pool rows of models that the recipe's reward models have scored, or (`any_judge`) any that are there."""
    names = pool.scores if any_judge else judges(pool, recipe)
    scored = np.zeros(len(pool.models), dtype=bool)
    for name in names:
        scored |= ~np.isnan(pool.scores[name]).all(axis=1)
    return np.flatnonzero(scored)


def drawn_pool(pool: Pool, recipe: Recipe, draw: Draw) -> Pool:
    """The pool with the draw's models, repeated as often as they were drawn, and the draw's reward models.

    Models without scores stay, and so does, without its scores, the one whose responses the recipe exports.
    """
    rows, copies, silent = np.arange(len(pool.models)), np.zeros(len(pool.models), np.int64), np.zeros(0, np.int64)
    if draw.models is not None:
        crowd = crowd_rows(pool, recipe, draw.reward_models is not None)
        silent = np.flatnonzero([model.name == recipe.response.name for model in pool.models])
        silent = np.setdiff1d(silent, draw.models)
        rest = np.union1d(np.setdiff1d(rows, crowd), silent)
        rows = np.concatenate([draw.models, rest])
        copies = np.concatenate([draw.models * 0 if draw.copies is None else draw.copies, rest * 0])
        order = np.lexsort((copies, rows))
        rows, copies = rows[order], copies[order]
    scores = {name: values[rows] for name, values in pool.scores.items()}
    for values in scores.values():
        values[np.isin(rows, silent)] = np.nan
    if draw.reward_models is not None and recipe.pool.reward_model == ENSEMBLE:
        scores = {f"{place:03d} {name}": scores[name] for place, name in enumerate(draw.reward_models)}
    return replace(
        pool,
        models=tuple(copied(pool.models[row], int(copy)) for row, copy in zip(rows, copies, strict=True)),
        scores=scores,
        response_words=pool.response_words[rows],
        response_signals={name: values[rows] for name, values in pool.response_signals.items()},
    )


def drawn_recipe(pool: Pool, recipe: Recipe, draw: Draw) -> Recipe:
    """The recipe with the draw's weights and, where it goes by a single one, the draw's reward model."""
    if draw.weights is not None:
        recipe = recipe.model_copy(update={"select": recipe.select.model_copy(update={"weights": dict(draw.weights)})})
    if draw.reward_models is not None and recipe.pool.reward_model != ENSEMBLE:
        recipe = recipe.model_copy(
            update={"pool": recipe.pool.model_copy(update={"reward_model": draw.reward_models[0]})}
        )
    return recipe


def select_again(pool: Pool, recipe: Recipe, draw: Draw, methods: Methods = CURRENT) -> Selection:
    """The recipe's selection on the pool made anew; may be shorter than its size.

    A constraint on models takes the copies of one for several; `judged` takes them for the one that they are.
    """
    again, recipe = drawn_pool(pool, recipe, draw), drawn_recipe(pool, recipe, draw)
    return select_from(gather(again, recipe.pool, recipe.response, recipe.select.seed, methods), recipe)
