"""What every strategy promises, checked on pools that nobody thought of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select, select_from
from crowdselect.strategies import STRATEGIES, parameters_of
from tests.unit.pools import make_pool, pools, shuffled, signalled_pools

# every strategy as it is, and again where a parameter makes it another one
CASES: dict[str, dict] = {name: {"strategy": name} for name in STRATEGIES} | {
    "instag by the published code": {"strategy": "instag", "variant": "crowdselect"},
    "instag as meant": {"strategy": "instag", "variant": "crowdselect_intended"},
    "deita at 0.5": {"strategy": "deita", "threshold": 0.5, "score": "difficulty"},
    "length in tokens": {"strategy": "length", "unit": "tokens"},
    "reward by the mean": {"strategy": "reward", "by": "mean"},
    "mmr by a signal": {"strategy": "mmr", "score": "direct_score", "trade_off": 0.7},
    "mmr by likeness alone": {"strategy": "mmr", "score": "difficulty", "trade_off": 0.0},
    "k_center by a score": {"strategy": "k_center", "score": "reward", "score_weight": 0.5},
    "facility_location by a score": {"strategy": "facility_location", "score": "reward", "score_weight": 0.5},
}
SPREADS = [None, *({"name": "c", "quota": quota} for quota in QUOTAS)]


def recipe(strategy: str, size: int, spread: dict | None, missing: str = "available") -> Recipe:
    select_keys = {**CASES[strategy], "size": size, "clusters": spread}
    return Recipe.parse({"pool": {"missing": missing}, "select": select_keys})


def run(pool: Pool, made: Recipe) -> Selection:
    return select_from(gather(pool, made.pool, made.response, made.select.seed), made)


@pytest.mark.parametrize("strategy", CASES)
@given(
    pool=signalled_pools(),
    spread=st.sampled_from(SPREADS),
    share=st.floats(0, 1),
    missing=st.sampled_from(["complete", "available"]),
)
def test_size_is_met_without_duplicates(
    strategy: str, pool: Pool, spread: dict | None, share: float, missing: str
) -> None:
    size = max(1, int(share * len(pool)))
    selection = run(pool, recipe(strategy, size, spread, missing))
    assert len(set(selection.uuids)) == len(selection) == min(size, selection.eligible)


@pytest.mark.parametrize("strategy", CASES)
@given(pool=signalled_pools(), spread=st.sampled_from(SPREADS), size=st.integers(1, 25))
def test_best_rows_come_first_and_ties_go_by_uuid(strategy: str, pool: Pool, spread: dict | None, size: int) -> None:
    selection = run(pool, recipe(strategy, size, spread))
    priority = selection.choice.priority[selection.positions]
    keys = list(zip(-priority, selection.uuids, strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("strategy", CASES)
@given(pool=signalled_pools(), spread=st.sampled_from(SPREADS), size=st.integers(1, 25), seed=st.integers(0, 2**32))
def test_the_order_of_arrival_changes_nothing(
    strategy: str, pool: Pool, spread: dict | None, size: int, seed: int
) -> None:
    made = recipe(strategy, size, spread)
    assert list(run(pool, made).uuids) == list(run(shuffled(pool, seed), made).uuids)


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if "direction" in parameters_of(name)])
@given(pool=signalled_pools(), size=st.integers(1, 25))
def test_without_clusters_nothing_better_is_left_behind(strategy: str, pool: Pool, size: int) -> None:
    for direction in ("top", "bottom"):
        made = Recipe.parse(
            {"pool": {"missing": "available"}, "select": {"strategy": strategy, "size": size, "direction": direction}}
        )
        selection = run(pool, made)
        priority = selection.choice.priority
        left = np.setdiff1d(np.flatnonzero(~np.isnan(priority)), selection.positions)
        if len(left) and len(selection):
            assert priority[left].max() <= priority[selection.positions].min()


@given(pool=pools(), size=st.integers(1, 25))
def test_equal_quota_takes_the_best_of_every_cluster(pool: Pool, size: int) -> None:
    selection = run(pool, recipe("difficulty", size, {"name": "c", "quota": "equal"}))
    codes = selection.candidates.cluster_codes("c")
    priority = selection.choice.priority
    for label in np.unique(codes[codes >= 0]):
        inside = np.flatnonzero(codes == label)
        taken = np.intersect1d(inside, selection.positions)
        left = np.setdiff1d(inside, taken)
        if len(taken) and len(left):
            assert priority[left].max() <= priority[taken].min()


@given(pool=pools(), seed=st.integers(0, 2**32), small=st.integers(1, 25), large=st.integers(1, 25))
def test_random_draws_are_nested(pool: Pool, seed: int, small: int, large: int) -> None:
    small, large = sorted((small, large))
    few, many = (
        run(
            pool,
            Recipe.parse({"pool": {"missing": "available"}, "select": {"strategy": "random", "size": n, "seed": seed}}),
        )
        for n in (small, large)
    )
    assert set(few.uuids) <= set(many.uuids)


def test_random_seeds_differ() -> None:
    pool = make_pool(np.zeros((2, 200)))
    draws = [Recipe.parse({"select": {"strategy": "random", "size": 20, "seed": seed}}) for seed in (1, 2)]
    first, second = (set(select(pool, made).uuids) for made in draws)
    assert first != second


def test_a_row_without_a_weighed_metric_is_not_eligible_and_said() -> None:
    signal = np.array([1.0, np.nan, 3.0, 2.0])
    pool = make_pool(np.arange(8.0).reshape(2, 4), signals={"ifd": signal})
    weighed = Recipe.parse({"select": {"size": 4, "weights": {"ifd": 1}}})
    with pytest.raises(UserError, match=r"Size 4 cannot be met: 3 of 4 .*1 lack a metric that counts"):
        select(pool, weighed)
    unweighed = Recipe.parse({"select": {"size": 4, "weights": {"ifd": 0, "difficulty": 1}}})
    assert len(select(pool, unweighed)) == 4


def test_negative_weight_turns_the_order() -> None:
    pool = make_pool(np.arange(20.0).reshape(2, 10))
    up = select(pool, Recipe.parse({"select": {"size": 10, "weights": {"difficulty": 1}}}))
    down = select(pool, Recipe.parse({"select": {"size": 10, "weights": {"difficulty": -1}}}))
    assert list(up.uuids) == list(down.uuids)[::-1]


def test_complete_wants_every_model_that_scores_at_all() -> None:
    scores = np.array([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0], [np.nan, np.nan, np.nan]])
    selection = run(make_pool(scores), recipe("difficulty", 3, None, "complete"))
    assert list(selection.uuids) == ["u0000", "u0001"]
    assert len(selection.candidates.models) == 2


def test_ensemble_is_the_mean_of_z_scores() -> None:
    pool = make_pool(np.array([[1.0, 2.0, 3.0], [5.0, 1.0, 9.0]]))
    both = {"rm": pool.scores["rm"], "other": pool.scores["rm"] * -7.0 + 3.0}
    opposed = Pool(**{**vars(pool), "scores": both})
    made = Recipe.parse({"pool": {"reward_model": "ensemble"}, "select": {"size": 3}})
    candidates = run(opposed, made).candidates
    np.testing.assert_allclose(candidates.scores, 0, atol=1e-12)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"pool": {"reward_model": "x"}}, "Unknown reward model 'x'; this workspace has rm"),
        ({"select": {"weights": {"x": 1}}}, "Unknown metric 'x' in weights; choose from difficulty"),
        ({"select": {"clusters": {"name": "x"}}}, "Unknown clustering 'x'; this workspace has c"),
        ({"response": {"choose": "model", "name": "x"}}, "Unknown model 'x' in response.name; this workspace has a-1b"),
        ({"pool": {"where": [{"field": "x", "min": 1}]}}, "Unknown filter field 'x'; choose one of n_words"),
        ({"pool": {"where": [{"field": "tag", "in": ["x"]}]}}, "this workspace has no tag 'x'; it has "),
        ({"pool": {"where": [{"field": "source", "min": 1}]}}, "takes in and not_in, not min and max"),
        ({"pool": {"where": [{"field": "n_words", "in": [1]}]}}, "takes min and max"),
        ({"select": {"size": 10}}, "Size 10 cannot be met: 3 of 3"),
    ],
)
def test_errors_name_value_and_remedy(document: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        select(make_pool(np.arange(6.0).reshape(2, 3)), Recipe.parse(document))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"field": "n_words", "min": 2, "max": 3}, ["u0001", "u0002"]),
        ({"field": "source", "in": ["book"]}, ["u0000", "u0002"]),
        ({"field": "source", "not_in": ["book"]}, ["u0001", "u0003"]),
        ({"field": "uuid", "in": ["u0003", "nobody"]}, ["u0003"]),
        ({"field": "cluster", "in": ["c:1"]}, ["u0002", "u0003"]),
        ({"field": "difficulty", "max": -4.5}, ["u0003"]),
    ],
)
def test_filters(condition: dict, expected: list[str]) -> None:
    pool = make_pool(np.array([[1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 6.0]]), clusters=np.array([0, 0, 1, 1]))
    made = Recipe.parse({"pool": {"where": [condition]}, "select": {"strategy": "random", "size": len(expected)}})
    assert sorted(select(pool, made).uuids) == expected
