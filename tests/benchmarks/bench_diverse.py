"""Strategies that compare rows with each other: one row in a hundred out of a pool with 384-dimensional embeddings."""

from dataclasses import replace

from crowdselect.recipe import PoolSpec, Recipe, ResponseSpec
from crowdselect.selection import gather, select_from
from tests.benchmarks.crowd import crowd
from tests.benchmarks.timing import once
from tests.benchmarks.vectors import sphere


def mmr(rows: int) -> dict[str, float]:
    return _bench(rows, {"strategy": "mmr"})


def k_center(rows: int) -> dict[str, float]:
    return _bench(rows, {"strategy": "k_center"})


def facility_location(rows: int) -> dict[str, float]:
    return _bench(rows, {"strategy": "facility_location"})


def deita(rows: int) -> dict[str, float]:
    return _bench(rows, {"strategy": "deita", "threshold": 0.5})


def _bench(rows: int, strategy: dict[str, object]) -> dict[str, float]:
    vectors = sphere(rows)
    pool = replace(crowd(rows), vectors=lambda name: vectors)
    recipe = Recipe.parse({"select": {**strategy, "size": max(1, rows // 100)}})
    candidates = gather(pool, PoolSpec(), ResponseSpec(), seed=0)
    return {"rows": rows, "seconds": once(lambda: select_from(candidates, recipe))}
