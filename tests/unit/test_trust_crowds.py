"""The fast way to choose again under another crowd, held to the slow one: a pool made anew, the ordinary `select`."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import gather, select_from
from crowdselect.trust.again import crowd_rows, select_again
from crowdselect.trust.draws import Draw, draws
from crowdselect.trust.redraw import Redraw
from tests.unit.pools import make_pool, signalled_pools
from tests.unit.test_strategies import CASES

pytestmark = pytest.mark.slow

OVER = [("models",), ("families",), ("models", "families", "weights"), ("reward-models",), ("models", "reward-models")]


def two_judges(pool: Pool, seed: int) -> Pool:
    """A second reward model that sees much the same, with gaps of its own and, now and then, another best answer.

    Of two answers to one instruction no signal is the same.
    """
    rng = np.random.default_rng(seed)
    other = pool.scores["rm"] * rng.choice([1.0, 1.0, -0.5], pool.scores["rm"].shape[0])[:, None] + 3.0
    other[rng.random(other.shape) < 0.05] = np.nan
    words = pool.response_words.copy()
    words[rng.random(words.shape) < 0.1] = -1
    of_answers = {name: values for name, values in pool.signals.items() if name != "tokens_instruction"}
    apart = np.arange(len(pool.models))[:, None] % 3 / 4  # whole quarters, as the signals themselves
    return replace(
        pool,
        scores={**pool.scores, "other": other},
        response_words=words,
        signals={name: values for name, values in pool.signals.items() if name not in of_answers},
        response_signals={name: values + apart for name, values in of_answers.items()},
    )


def check(pool: Pool, recipe: Recipe, over: tuple[str, ...], resamples: int = 6, seed: int = 0) -> None:
    again = Redraw(select_from(gather(pool, recipe.pool, recipe.response, recipe.select.seed), recipe))
    crowd = crowd_rows(pool, recipe, "reward-models" in over)
    drawn = draws(pool, recipe, crowd, over, resamples, seed, 0.1)
    drawn += [Draw(models=np.delete(crowd, place)) for place in range(len(crowd)) if len(crowd) > 1]
    for draw, rows in zip(drawn, again.chosen(drawn), strict=True):
        assert rows.tolist() == select_again(pool, recipe, draw).rows.tolist(), draw


@pytest.mark.parametrize("strategy", CASES)
@settings(max_examples=8)
@given(
    pool=signalled_pools(),
    over=st.sampled_from(OVER),
    pool_keys=st.fixed_dictionaries(
        {
            "missing": st.sampled_from(["complete", "available"]),
            "ties": st.sampled_from(["average", "original"]),
            "reward_model": st.sampled_from(["rm", "other"]),
            "where": st.sampled_from(
                [
                    [],
                    [{"field": "difficulty", "min": -1}],
                    [{"field": "disagreement", "max": 1}],
                    [{"field": "ifd", "min": 0.5}],
                ]
            ),
        }
    ),
    response=st.sampled_from([{"choose": "best"}, {"choose": "random"}, {"choose": "model", "name": "a-1b"}]),
    spread=st.sampled_from([None, {"name": "c", "quota": "equal"}]),
    more=st.sampled_from(
        [
            {},
            {},
            {"constraints": {"shares": [{"by": "cluster", "max": 0.5}], "budget": {"max": 60}}},
            {"constraints": {"shares": [{"by": "source", "max": 0.6}]}},
            {"constraints": {"budget": {"max": 9, "unit": "tokens"}}},
            {"export": {"format": "preference"}},
        ]
    ),
    seed=st.integers(0, 99),
)
def test_equals_a_pool_made_anew(
    strategy: str, pool: Pool, over: tuple[str, ...], pool_keys: dict, response: dict, spread: dict | None,
    more: dict, seed: int,
) -> None:  # fmt: skip
    select = {**CASES[strategy], "size": max(1, len(pool) // 2), "clusters": spread}
    recipe = Recipe.parse({"pool": pool_keys, "select": select, "response": response, **more})
    check(two_judges(pool, seed), recipe, over, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("reward_model", ["rm", "ensemble"])
@pytest.mark.parametrize("missing", ["complete", "available"])
@pytest.mark.parametrize("over", OVER, ids=" and ".join)
def test_equals_a_pool_made_anew_on_200_rows(over: tuple[str, ...], missing: str, reward_model: str) -> None:
    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=(5, 200)), 1)  # with ties
    scores[:, :60][rng.random((5, 60)) < 0.2] = np.nan
    pool = two_judges(make_pool(scores, clusters=rng.integers(-1, 5, 200)), 2)
    document = {
        "pool": {"reward_model": reward_model, "missing": missing},
        "select": {
            "size": 40,
            "clusters": {"name": "c"},
            "weights": {"difficulty": 1, "stability": 1.5, "irt_difficulty": -1},
        },
    }
    check(pool, Recipe.parse(document), over, resamples=25)
