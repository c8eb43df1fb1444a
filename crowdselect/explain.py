"""Where an instruction stands in a selection, and what would move it. Why it is in or out: `crowdselect.reasons`."""

from dataclasses import dataclass

import numpy as np

from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select_from

WEIGHTS_TRIED = np.round(np.arange(-2.0, 2.0001, 0.05), 2)  # the sliders' steps


@dataclass(frozen=True)
class Standing:
    """One instruction in a metric: its value, and the share of candidates that lie below it (ties count half)."""

    metric: str
    value: float
    percentile: float  # 0-100; NaN where it has no value
    weight: float  # in the recipe; 0 where it does not count
    part: float  # weight x normalised value: what it adds to the score; NaN where it has none


@dataclass(frozen=True)
class Explanation:
    """Where one pool row stands. `rank` is 1 for the best priority among the candidates, None where it has none."""

    selected: bool
    candidate: bool  # False: left out before anything was ranked
    rank: int | None
    eligible: int
    score: float
    standings: list[Standing]


def explain(selection: Selection, row: int) -> Explanation:
    """The explanation of pool row `row`."""
    candidates, choice = selection.candidates, selection.choice
    place = int(np.searchsorted(candidates.rows, row))
    candidate = place < len(candidates) and int(candidates.rows[place]) == row
    if not candidate:
        nothing = float("nan")
        return Explanation(False, False, None, selection.eligible, nothing, [])
    priority = choice.priority
    mine = priority[place]
    rank = None if np.isnan(mine) else 1 + int((priority > mine).sum() + (priority[:place] == mine).sum())
    score = float("nan") if choice.score is None else float(choice.score[place])
    selected = bool((selection.positions == place).any())
    return Explanation(selected, True, rank, selection.eligible, score, _standings(selection, place))


def turning_weights(selection: Selection, row: int) -> dict[str, float]:
    """For each weighed metric the nearest weight (a slider's step) at which the row goes in or out, others kept.

    Only for the weighted strategy; a metric without such a weight is left out of the answer.
    """
    recipe, candidates = selection.recipe, selection.candidates
    place = int(np.searchsorted(candidates.rows, row))
    if recipe.select.strategy != "weighted" or place >= len(candidates) or candidates.rows[place] != row:
        return {}
    now = bool((selection.positions == place).any())
    found = {}
    for metric, weight in recipe.select.weights.items():
        for tried in sorted(WEIGHTS_TRIED, key=lambda step: (abs(step - weight), step)):
            if tried == weight:
                continue
            again = select_from(candidates, _with_weight(recipe, metric, float(tried)))
            if bool((again.positions == place).any()) != now:
                found[metric] = float(tried)
                break
    return found


def _with_weight(recipe: Recipe, metric: str, weight: float) -> Recipe:
    weights = {**recipe.select.weights, metric: weight}
    return recipe.model_copy(update={"select": recipe.select.model_copy(update={"weights": weights})})


def _standings(selection: Selection, place: int) -> list[Standing]:
    candidates, recipe = selection.candidates, selection.recipe
    weights = recipe.select.weights if recipe.select.strategy == "weighted" else {}
    standings = []
    weighed = [name for name in weights if name not in candidates.metric_names]
    for name in [*candidates.metric_names, *weighed]:
        values = candidates.metric(name)
        value, there = values[place], values[~np.isnan(values)]
        percentile = part = float("nan")
        if not np.isnan(value):
            percentile = 100.0 * ((there < value).sum() + 0.5 * (there == value).sum()) / len(there)
        weight = weights.get(name, 0.0)
        if weight:
            part = weight * float(candidates.normalized(name, recipe.select.normalize)[place])
        standings.append(Standing(name, float(value), float(percentile), weight, part))
    return standings
