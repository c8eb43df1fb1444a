"""Signals belong to answers: whatever a recipe exports, the numbers it reads are those of that very answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.filters import matching
from crowdselect.mapping.colouring import ColourBy, colouring
from crowdselect.notes import notes
from crowdselect.pool import Clustering, Pool
from crowdselect.recipe import Filter, PoolSpec, Recipe
from crowdselect.selection import Selection, gather, select
from tests.unit.pools import FAMILIES, Model

RMS = ("rm-a", "rm-b", "rm-c")
RESPONSES: list[dict[str, Any]] = [
    {"choose": "best"}, {"choose": "worst"}, {"choose": "random"}, {"choose": "top_k_random", "k": 2},
    {"choose": "longest"}, {"choose": "shortest"}, {"choose": "model", "name": "b-3b"},
]  # fmt: skip


def crowd_pool(seed: int, rows: int = 40) -> Pool:
    """Five models and three reward models that agree on nothing; every answer measured, a few blank."""
    draw = np.random.default_rng(seed)
    shape = (len(FAMILIES), rows)
    words = draw.integers(1, 60, shape)
    words[draw.random(shape) < 0.03] = 0
    tokens = np.where(words > 0, np.ceil(words * draw.uniform(1, 3, shape)), 0)
    return Pool(
        uuids=np.array([f"u{row:04d}" for row in range(rows)], dtype=object),
        models=tuple(Model(*family) for family in FAMILIES),
        scores={name: draw.normal(size=shape) for name in RMS},
        instruction_words=draw.integers(1, 20, rows).astype(np.int32),
        response_words=words.astype(np.int32),
        sources=np.array([f"s{row % 3}" for row in range(rows)], dtype=object),
        signals={"tokens_instruction": draw.integers(1, 40, rows).astype(float)},
        response_signals={
            "tokens_response": tokens, "ifd": draw.uniform(0.2, 1.3, shape),
            "ifd_dropped": (draw.random(shape) < 0.2).astype(float),
            "direct_score": draw.integers(0, 11, shape) / 2,
        },
        clusterings={"c": Clustering(draw.integers(0, 4, rows).astype(np.int32))},
    )  # fmt: skip


def measured(pool: Pool, name: str) -> dict[tuple[str, str], float]:
    """(uuid, model) -> value, as SQL would give it."""
    matrix = pool.response_signals[name]
    return {
        (str(uuid), model.name): float(matrix[m, row])
        for row, uuid in enumerate(pool.uuids)
        for m, model in enumerate(pool.models)
    }


def exported(selection: Selection) -> list[tuple[str, str]]:
    """uuid and model of each line of its file."""
    pool = selection.candidates.pool
    return [(str(uuid), pool.models[model].name) for uuid, model in zip(selection.uuids, selection.chosen, strict=True)]


@pytest.mark.parametrize("response", RESPONSES, ids=lambda response: str(response["choose"]))
@pytest.mark.parametrize("reward_model", [*RMS, "ensemble"])
def test_a_metric_is_that_of_the_answer_that_is_exported(reward_model: str, response: dict[str, Any]) -> None:
    pool = crowd_pool(7)
    pool_spec = {"reward_model": reward_model}
    recipe = Recipe.parse({"pool": pool_spec, "response": response, "select": {"size": 20, "seed": 5}})
    selection = select(pool, recipe)
    for name in ("ifd", "direct_score", "tokens_response"):
        values, lookup = selection.candidates.metric(name)[selection.positions], measured(pool, name)
        assert values.tolist() == [lookup[key] for key in exported(selection)]
        low = float(np.median(values))
        condition = Filter(field=name, min=low)
        kept = gather(pool, recipe.pool.model_copy(update={"where": (condition,)}), recipe.response, 5)
        assert all(
            lookup[uuid, pool.models[m].name] >= low for uuid, m in zip(pool.uuids[kept.rows], kept.chosen, strict=True)
        )
        assert len(kept) == np.count_nonzero(matching(selection.candidates, condition)) > 0
        scale = colouring(pool, ColourBy("metric", name, reward_model, response=recipe.response, seed=5))
        every = selection.candidates.metric(name)
        assert (scale.least, scale.most) == pytest.approx((every.min(), every.max()), rel=0.05)


@pytest.mark.parametrize("response", RESPONSES, ids=lambda response: str(response["choose"]))
def test_ifd_leaves_out_by_the_mark_of_the_answer_that_is_exported(response: dict[str, Any]) -> None:
    pool = crowd_pool(8)
    spec = {"pool": {"reward_model": "rm-b"}, "response": response, "select": {"strategy": "ifd", "size": 10}}
    selection = select(pool, Recipe.parse(spec))
    values, marks = measured(pool, "ifd"), measured(pool, "ifd_dropped")
    everyone = gather(pool, selection.recipe.pool, selection.recipe.response, selection.recipe.select.seed)
    rows = zip(everyone.rows, everyone.chosen, strict=True)
    answers = [(str(pool.uuids[row]), pool.models[model].name) for row, model in rows]
    taken = sorted((-values[key], key[0]) for key in answers if values[key] <= 1 and not marks[key])[:10]
    assert [uuid for _, uuid in taken] == [uuid for uuid, _ in exported(selection)]


@pytest.mark.parametrize(
    ("response", "told"),
    [
        ({"choose": "best"}, ""),
        ({"choose": "top_k_random", "k": 2}, " --set ifd.responses=top-2"),
        ({"choose": "random"}, " --set ifd.responses=all"),
        ({"choose": "longest"}, " --set ifd.responses=all"),
        ({"choose": "model", "name": "b-3b"}, " --set ifd.responses=model:b-3b"),
    ],
    ids=lambda part: str(part["choose"]) if isinstance(part, dict) else None,
)
@pytest.mark.parametrize("reads", ["weights", "where", "strategy", "like", "score"])
def test_what_nobody_measured_is_said_wherever_a_recipe_reads_it(
    reads: str, response: dict[str, Any], told: str
) -> None:
    pool = crowd_pool(9)
    for name in ("ifd", "ifd_dropped"):
        pool.response_signals[name][:, 30:] = np.nan
    pool.response_signals["ifd"][:, 29] = np.nan  # measured, and found to have no value
    select_part: dict[str, Any] = {
        "weights": {"weights": {"ifd": 1}}, "where": {}, "strategy": {"strategy": "ifd"},
        "like": {"strategy": "matched_random", "like": "ifd"}, "score": {"strategy": "mmr", "score": "ifd"},
    }[reads]  # fmt: skip
    where = [{"field": "ifd", "min": 0}] if reads == "where" else []
    spec = {
        "pool": {"reward_model": "rm-a", "where": where},
        "select": {**select_part, "size": 2},
        "response": response,
    }
    if reads == "score":
        pool = replace(pool, vectors=lambda name: np.eye(len(pool), dtype=np.float32))
    selection = select(pool, Recipe.parse(spec))
    among = len(gather(pool, PoolSpec(reward_model="rm-a"), selection.recipe.response, 42))
    lacking = int(np.count_nonzero(selection.candidates.before_filters.rows >= 30))
    said = f"ifd is missing for {lacking} of {among} exported answers: run `python -m precompute run ifd{told}`."
    assert said in notes(selection)
    other = Recipe.parse({"pool": {"reward_model": "rm-a"}, "select": {"size": 2}, "response": response})
    assert not any("missing" in note for note in notes(select(pool, other)))


def budgeted(draw: np.random.Generator, pool: Pool, size: int) -> Recipe:
    """A random recipe with a budget in tokens or words, tight or loose."""
    unit, of = draw.choice(["tokens", "words"], p=[0.8, 0.2]), str(draw.choice(["pair", "response", "instruction"]))
    cost = {
        "instruction": pool.signals["tokens_instruction"].mean(),
        "response": np.nanmean(pool.response_signals["tokens_response"]),
    }
    each = sum(cost.values()) if of == "pair" else cost[of]
    strategy = draw.choice(["weighted", "difficulty", "random", "length", "direct_score"])
    document: dict[str, Any] = {
        "pool": {"reward_model": str(draw.choice([*pool.scores, "ensemble"]))},
        "select": {"strategy": str(strategy), "size": size, "seed": int(draw.integers(1000))},
        "response": RESPONSES[draw.integers(len(RESPONSES) - 1)],
        "constraints": {
            "budget": {
                "max": max(1, int(each * size * draw.uniform(0.5, 1.2))), "unit": str(unit), "of": of,
                "fill": str(draw.choice(["size", "best"])),
            }
        },
    }  # fmt: skip
    if draw.random() < 0.3:
        document["select"]["clusters"] = {"name": next(iter(pool.clusterings)), "quota": "equal"}
    return Recipe.parse(document)


def spent(selection: Selection) -> float:
    """What the lines of its file cost, counted one by one."""
    pool, budget = selection.candidates.pool, selection.recipe.constraints.budget  # type: ignore[union-attr]
    tokens = measured(pool, "tokens_response")
    names = [model.name for model in pool.models]
    total = 0.0
    for uuid, model in exported(selection):
        row = list(pool.uuids).index(uuid)
        words = {"instruction": pool.instruction_words[row], "response": pool.response_words[names.index(model), row]}
        counts = {"instruction": pool.signals["tokens_instruction"][row], "response": tokens[uuid, model]}
        parts = ("instruction", "response") if budget.of == "pair" else (budget.of,)  # type: ignore[union-attr]
        total += sum(float((words if budget.unit == "words" else counts)[part]) for part in parts)  # type: ignore[union-attr]
    return total


def kept_within(pools: list[Pool], size: int, recipes: int, seed: int) -> int:
    """How many of so many random recipes could be met; AssertionError for one that is over its budget."""
    draw, met = np.random.default_rng(seed), 0
    for _ in range(recipes):
        pool = pools[draw.integers(len(pools))]
        recipe = budgeted(draw, pool, size)
        try:
            selection = select(pool, recipe)
        except UserError as error:
            if "cannot be met" not in str(error):
                raise
            continue
        assert spent(selection) <= recipe.constraints.budget.max, recipe.to_yaml()  # type: ignore[union-attr]
        met += 1
    return met


def test_no_budget_is_exceeded() -> None:
    pools = [crowd_pool(seed) for seed in range(20)]
    assert kept_within(pools, 10, 2000, 1) > 1000
