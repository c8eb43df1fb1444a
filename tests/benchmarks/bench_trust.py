"""What trust costs: 200 resamples of a selection, the agreement of three reward models, an item-response model."""

import time
from dataclasses import replace

import numpy as np

from crowdselect.agreement import agreement
from crowdselect.irt import item_response
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.trust import robustness
from crowdselect.trust.again import crowd_rows, select_again
from crowdselect.trust.draws import draws
from tests.benchmarks.crowd import crowd

RESAMPLES, REFERENCE = 200, 3


def bootstrap(rows: int) -> dict[str, float]:
    """200 bootstrap resamples of the models; the reference makes each on a pool of its own, and is scaled up."""
    pool = crowd(rows)
    recipe = Recipe.parse({"select": {"size": max(1, rows // 100), "clusters": {"name": "kmeans-30"}}})
    selection = select(pool, recipe)
    begun = time.perf_counter()
    robustness(selection, resamples=RESAMPLES)
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    for draw in draws(pool, recipe, crowd_rows(pool, recipe, False), ("models",), REFERENCE, 42, 0.1):
        select_again(pool, recipe, draw)
    reference = (time.perf_counter() - begun) * RESAMPLES / REFERENCE
    return {"rows": rows, "seconds": seconds, "reference_seconds": reference}


def agree(rows: int) -> dict[str, float]:
    """Three reward models on 19 models."""
    pool, rng = crowd(rows), np.random.default_rng(1)
    scores = pool.scores["rm"]
    pool = replace(pool, scores={name: scores + rng.normal(size=scores.shape) for name in ("a", "b", "c")})
    begun = time.perf_counter()
    agreement(pool)
    return {"rows": rows, "seconds": time.perf_counter() - begun}


def item_responses(rows: int) -> dict[str, float]:
    """The 2PL model of 19 models."""
    scores = crowd(rows).scores["rm"]
    begun = time.perf_counter()
    item_response(scores)
    return {"rows": rows, "seconds": time.perf_counter() - begun}
