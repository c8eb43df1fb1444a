"""The recipe that the widgets of this session say, whatever page they stand on."""

from typing import Any

import streamlit as st

from crowdselect.concordance_spec import ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.metrics import ALL_METRICS, METRICS, ON_DEMAND
from crowdselect.metrics.concordance import MIN_GAP, SHRINK
from crowdselect.metrics.disagreement import DISAGREEMENT
from crowdselect.pool import Pool
from crowdselect.recipe import ENSEMBLE, MAX_SEED, Recipe
from crowdselect.strategies import parameters_of
from pages._ui import constraints, where
from pages._ui.address import NAMED
from pages._ui.pairs import pairs_part

WEIGHT = "w_"  # before a metric's name: the key of its slider
DEFAULT_WEIGHTS = {"difficulty": 1.0, "separability": 1.0, "stability": 1.5}
NO_CLUSTERS = "none"
LARGEST_SEED = min(MAX_SEED, 2**53 - 1)  # what a browser counts exactly


def reward_models(pool: Pool) -> list[str]:
    """What may be chosen: each reward model, and all of them together where there are several."""
    return [*pool.scores, ENSEMBLE] if len(pool.scores) > 1 else list(pool.scores)


def weighable(pool: Pool) -> list[str]:
    """Every metric and signal that a weight can be put on."""
    asked = [
        name for name in ON_DEMAND if name not in pool.signal_names and (name != DISAGREEMENT or len(pool.scores) > 1)
    ]
    return [*METRICS, *asked, *(name for name in pool.signal_names if name not in METRICS)]


def metric_title(name: str) -> str:
    return ALL_METRICS[name].title if name in ALL_METRICS else name


def metric_legend(name: str) -> str:
    """Its title with its parameters, for legends; choices keep the title, which stands in addresses."""
    return f"{metric_title(name)} ({concordance().words})" if name == "concordance" else metric_title(name)


def metric_help(name: str) -> str:
    """Its formula with its parameters, and how to read it."""
    if name not in ALL_METRICS:
        return "A signal of your own or of a job (`attach metric`, `run`). A row without a value is left out."
    metric = ALL_METRICS[name]
    here = f" Here: {concordance().words} (Tune, Scores and ties)." if name == "concordance" else ""
    return f"{metric.formula}.  \n{metric.help}{here}"


def concordance() -> ConcordanceSpec:
    """The parameters of that metric."""
    state = st.session_state
    return ConcordanceSpec(min_gap=state.get("min_gap", MIN_GAP), shrink=state.get("shrink", SHRINK))


def most_rows(pool: Pool) -> int:
    return max(len(pool), 1)


def default_size(pool: Pool) -> int:
    """1,000; in a smaller pool about a quarter of it, so that there is something to choose."""
    quarter = len(pool) // 4
    return 1000 if len(pool) >= 2000 else quarter // 50 * 50 if quarter >= 100 else max(1, quarter)


def weighed() -> list[str]:
    """The metrics that have a slider, in their order."""
    return [*DEFAULT_WEIGHTS, *st.session_state.get("metrics", [])]


def recipe(pool: Pool) -> Recipe:
    """Every widget's value, or its default where the widget has not been shown."""
    state = st.session_state
    strategy = state.get("strategy", "weighted")
    select: dict[str, Any] = {
        "strategy": strategy,
        "size": state.get("size", default_size(pool)),
        "weights": {name: state.get(WEIGHT + name, DEFAULT_WEIGHTS.get(name, 0.0)) for name in weighed()},
        "normalize": state.get("normalize", "quantile"),
        "seed": state.get("seed", 42),
    }
    for name, field in parameters_of(strategy).items():
        select[name] = state.get(f"{strategy}.{name}", field.default)
    missing = state.get("missing", "complete")
    clusters = state.get("clusters", next(iter(pool.clusterings), NO_CLUSTERS))
    if clusters != NO_CLUSTERS:
        select["clusters"] = {"name": clusters, "quota": state.get("quota", "equal")}
    return Recipe.parse(
        {
            "name": state.get(NAMED, "selection"),
            "pool": {
                "reward_model": state.get("rm", next(iter(reward_models(pool)), None)),
                "missing": missing,
                "min_scores": state.get("min_scores", 1) if missing == "available" else 1,
                "concordance": concordance(),
                "ties": state.get("ties", "average"),
                "where": where.conditions(),
            },
            "select": select,
            "response": _response(pool),
            "pairs": pairs_part(),
            "constraints": constraints.part(),
            "export": {"format": state.get("format", "records")},
        }
    )


def recipe_or_none(pool: Pool) -> Recipe | None:
    """The recipe; None where the choices make none, and the page says why."""
    try:
        return recipe(pool)
    except UserError:
        return None


def recipe_key(pool: Pool) -> str | None:
    """Its key."""
    made = recipe_or_none(pool)
    return None if made is None else made.key


def _response(pool: Pool) -> dict[str, Any]:
    choose = st.session_state.get("response", "best")
    if choose == "top_k_random":
        return {"choose": choose, "k": st.session_state.get("k", 5)}
    if choose == "model":
        return {"choose": choose, "name": st.session_state.get("model", pool.models[0].name)}
    return {"choose": choose}
