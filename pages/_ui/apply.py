"""Puts a recipe into the widgets of this session, and says what of it they cannot hold."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from pages._ui import where
from pages._ui.address import NAMED
from pages._ui.constraints import apply_constraints
from pages._ui.made_on import note_other_data
from pages._ui.pairs import apply_pairs
from pages._ui.recipe import DEFAULT_WEIGHTS, LARGEST_SEED, NO_CLUSTERS, WEIGHT, most_rows, reward_models, weighable
from pages._ui.strategy_form import apply_parameters

STEP, LARGEST = 0.05, 2.0  # of a weight's slider


def apply_recipe(recipe: Recipe, pool: Pool) -> list[str]:
    """Sets every choice; the pages follow at their next run. Returns what had to be left out or changed, in words.

    Call in a widget's callback, before the widgets are drawn.
    """
    notes = note_other_data(recipe)
    st.session_state[NAMED] = recipe.name
    spec, chosen = recipe.pool, recipe.select
    known = reward_models(pool)
    if spec.reward_model is None or spec.reward_model in known:
        _set("rm", spec.reward_model or next(iter(known), None))
    else:
        notes.append(f"Its reward model {spec.reward_model!r} is not in this workspace.")
    _set("missing", spec.missing)
    _within("min_scores", spec.min_scores, max(len(pool.models), 1), "scores a row", notes)
    _set("ties", spec.ties)
    _set("min_gap", spec.concordance.min_gap)
    _set("shrink", spec.concordance.shrink)
    where.set_conditions(spec.where)
    if chosen.within:
        notes.append("It is one of a series of sizes; here it is chosen alone.")
    if recipe.core:
        notes.append("It is the core of a selection; here is the whole of it, and the page Trust hands out its core.")
    _set("strategy", chosen.strategy)
    notes += apply_parameters(chosen.strategy, chosen.parameters, pool)
    _weights(chosen.weights, pool, notes)
    _within("size", chosen.size, most_rows(pool), "rows", notes)
    _set("normalize", chosen.normalize)
    _within("seed", chosen.seed, LARGEST_SEED, "as seed", notes)
    if chosen.clusters and chosen.clusters.name not in pool.clusterings:
        notes.append(f"Its clustering {chosen.clusters.name!r} is not in this workspace.")
    else:
        _set("clusters", chosen.clusters.name if chosen.clusters else NO_CLUSTERS)
        _set("quota", chosen.clusters.quota if chosen.clusters else "equal")
    _response(recipe, pool, notes)
    notes += apply_pairs(recipe.pairs, pool)
    notes += apply_constraints(recipe.constraints, pool)
    _set("format", recipe.export.format)
    return notes


def _weights(weights: dict[str, float], pool: Pool, notes: list[str]) -> None:
    there = [name for name in weights if name in weighable(pool)]
    for name in weights:
        if name not in there:
            notes.append(f"Its metric {name!r} is not in this workspace.")
    _set("metrics", [name for name in there if name not in DEFAULT_WEIGHTS])
    for name in dict.fromkeys([*DEFAULT_WEIGHTS, *there]):
        wanted = float(weights.get(name, 0.0))
        near = round(min(max(round(wanted / STEP) * STEP, -LARGEST), LARGEST), 2)
        if abs(near - wanted) > 1e-9:
            notes.append(f"Its weight {wanted:g} of {name} became {near:g}: sliders go by {STEP:g} from −2 to 2.")
        _set(WEIGHT + name, near)


def _within(key: str, value: int, most: int, what: str, notes: list[str]) -> None:
    if value > most:
        notes.append(f"It asks for {value:,} {what}; the most here is {most:,}.")
    _set(key, min(value, most))


def _response(recipe: Recipe, pool: Pool, notes: list[str]) -> None:
    response = recipe.response
    if response.choose == "model" and response.name not in [model.name for model in pool.models]:
        notes.append(f"Its model {response.name!r} is not in this workspace.")
        return
    _set("response", response.choose)
    if response.choose == "model":
        _set("model", response.name)
    if response.choose == "top_k_random":
        _within("k", response.k or 5, max(len(pool.models), 1), "as k", notes)


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
