"""Reward models are compared over what all of them rated, and drawn instruction by instruction."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr
from scipy.stats import t as student

from crowdselect import by_groups
from crowdselect.agreement import agreement
from crowdselect.correlation_columns import groups_of, reward_model_columns
from crowdselect.correlations import correlations, q_values
from crowdselect.pool import Pool
from crowdselect.recipe import PoolSpec, ResponseSpec
from crowdselect.selection import gather
from tests.unit.pools import make_pool


def twice(gaps: str) -> Pool:
    """rm1 is rm0, and has rated a part of the responses."""
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(5, 400)) + 2 * rng.normal(size=400)
    other = scores.copy()
    if gaps == "some":
        other[rng.random(scores.shape) < 0.3] = np.nan
    else:
        other[:, scores.mean(axis=0) > np.median(scores.mean(axis=0))] = np.nan
    return replace(make_pool(scores), scores={"rm0": scores, "rm1": other})


@pytest.mark.parametrize("gaps", ["some", "all of the easier half"])
def test_the_same_reward_model_with_gaps_agrees_with_itself(gaps: str) -> None:
    pool = twice(gaps)
    found = agreement(pool)
    assert found.alpha_interval == pytest.approx(1, abs=1e-12)
    assert found.alpha_ordinal == pytest.approx(1, abs=1e-12)
    known = ~np.isnan(found.disagreement)
    assert known.any()
    assert not found.disagreement[known].any()
    there = ~np.isnan(pool.scores["rm1"])
    among = pool.scores["rm0"][there]
    assert pool.ensemble[there] == pytest.approx((among - among.mean()) / among.std())
    assert np.isnan(pool.ensemble[~there]).all()


def independent(seed: int, rows: int = 80, models: int = 6) -> dict[str, np.ndarray]:
    """Three reward models that know nothing of each other; each finds some instructions harder than others."""
    rng = np.random.default_rng(seed)
    return {f"rm{nth}": (rng.normal(size=rows) + rng.normal(size=(models, rows))).ravel() for nth in range(3)}


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_independent_reward_models_are_sure_one_time_in_twenty(method: str) -> None:
    instructions, by_cells, by_instructions = np.tile(np.arange(80), 6), [], []
    for seed in range(400):
        columns = {name: cells for name, cells in independent(seed).items() if name != "rm2"}
        by_instructions.append(correlations(columns, method, instructions).p_value[0, 1])
        by_cells.append(correlations(columns, method).p_value[0, 1])
    assert 0.03 <= np.mean(np.array(by_instructions) < 0.05) <= 0.08
    assert np.mean(np.array(by_cells) < 0.05) > 0.15  # what cells taken for independent rows would claim


def test_the_page_draws_instructions() -> None:
    scores = {name: cells.reshape(6, 80)[:5] for name, cells in independent(1).items()}
    pool = replace(make_pool(scores["rm0"]), scores=scores)
    candidates = gather(pool, PoolSpec(reward_model="rm0"), ResponseSpec(), 0)
    for rows in (None, np.array([3, 8, 9, 40])):
        groups = groups_of("reward_models", candidates, rows)
        assert groups is not None
        columns = reward_model_columns(candidates, rows)
        places = np.arange(80) if rows is None else rows
        for name, cells in columns.items():
            for group in np.unique(groups):
                assert cells[groups == group].tolist() == scores[name][:, places[group]].tolist()
    assert groups_of("models", candidates, None) is None


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_p_is_that_of_leaving_every_instruction_out(method: str) -> None:
    rng = np.random.default_rng(6)
    groups = rng.integers(0, 12, 70) * 3
    x = np.round(rng.normal(size=70) + groups / 30, 1)
    y = np.round(rng.normal(size=70) + groups / 20, 1)
    scipy = kendalltau if method == "kendall" else pearsonr
    without = np.array([scipy(x[groups != g], y[groups != g]).statistic for g in np.unique(groups)])
    error = np.sqrt((11 / 12) * ((without - without.mean()) ** 2).sum())
    expected = 2 * student.sf(abs(scipy(x, y).statistic) / error, 11)
    assert by_groups.p_value(method, x, y, groups) == pytest.approx(expected, rel=1e-9)
    assert np.isnan(by_groups.p_value(method, x, y, groups % 2))
    assert by_groups.p_value(method, x, x, groups) == 0.0


def test_q_is_benjamini_and_hochbergs() -> None:
    p = np.array([0.001, 0.2, np.nan, 0.013, 0.04, 0.011])
    order = np.argsort(p[~np.isnan(p)])
    ranked = p[~np.isnan(p)][order]
    expected = np.array([min(ranked[k] * 5 / (k + 1) for k in range(place, 5)) for place in range(5)])
    found = q_values(p)
    assert np.isnan(found[2])
    assert found[~np.isnan(p)][order] == pytest.approx(expected)
    columns = {name: np.random.default_rng(ord(name)).normal(size=30) for name in "abcd"}
    matrix = correlations(columns, "spearman")
    upper = np.triu_indices(4, 1)
    assert matrix.q_value[upper] == pytest.approx(q_values(matrix.p_value[upper]))
    assert np.array_equal(matrix.q_value, matrix.q_value.T, equal_nan=True)
    assert np.isnan(np.diag(matrix.q_value)).all()


def test_mean_agreement_by_instruction_is_sure_one_time_in_twenty() -> None:
    p_values = []
    for seed in range(130):
        scores = {name: cells.reshape(6, 80)[:5] for name, cells in independent(seed).items()}
        p_values.extend(agreement(replace(make_pool(scores["rm0"]), scores=scores)).p_values)
    assert 0.03 <= np.mean(np.array(p_values) < 0.05) <= 0.08
