"""What a recipe reads of the answers that it would export and nobody has measured: how much, and what measures it."""

import re
from typing import TYPE_CHECKING

import numpy as np

from crowdselect.strategies.parameters import WEIGHTED
from crowdselect.strategies.signals import command

if TYPE_CHECKING:
    from crowdselect.recipe import Recipe, ResponseSpec
    from crowdselect.selection import Selection


def unmeasured(selection: "Selection") -> list[str]:
    """A sentence for each signal that the recipe reads and some of its answers lack, before filters take any out."""
    candidates = selection.candidates.before_filters
    sentences = []
    for name in _read(selection.recipe) & candidates.pool.response_signals.keys():
        nothing, mark = np.isnan(candidates.metric(name)), f"{name}_dropped"
        if mark in candidates.pool.response_signals:  # measured, and found to have no value
            nothing &= np.isnan(candidates.metric(mark))
        lacking, among = int(np.count_nonzero(nothing)), len(candidates)
        if lacking:
            run = command(name, _responses(selection.recipe.response))
            sentences.append(f"{name} is missing for {lacking:,} of {among:,} exported answers: run `{run}`.")
    return sorted(sentences)


def _read(recipe: "Recipe") -> set[str]:
    """The names that the recipe reads, signals among them."""
    select, budget = recipe.select, recipe.constraints.budget if recipe.constraints else None
    words = {word for value in select.parameters.values() for word in re.findall(r"\w+", str(value))}
    names = words | {select.strategy} | {condition.field for condition in recipe.pool.where}
    if WEIGHTED in names:
        names |= {name for name, weight in select.weights.items() if weight}
    if "tokens" in words or (budget and budget.unit == "tokens"):
        names.add("tokens_response")
    return names


def _responses(response: "ResponseSpec") -> str:
    """What a job has to be told to measure all that this may choose."""
    match response.choose:
        case "best":
            return "best"
        case "top_k_random":
            return f"top-{response.k or 5}"
        case "model":
            return f"model:{response.name}"
    return "all"
