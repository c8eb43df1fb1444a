"""Metrics against definitions written the slow way."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from crowdselect.candidates import families_of
from crowdselect.metrics.blocks import COLUMNS
from crowdselect.metrics.difficulty import difficulty
from crowdselect.metrics.reward import reward_max, reward_mean, reward_min
from crowdselect.metrics.separability import separability
from crowdselect.metrics.stability import stability
from crowdselect.pool import Model, Pool
from tests.unit.pools import pools


def slow_stability(column: np.ndarray, models: tuple[Model, ...]) -> float:
    rhos = []
    for family in sorted({model.family for model in models if model.family}):
        there = [i for i, m in enumerate(models) if m.family == family and not np.isnan(column[i])]
        sizes, scores = [models[i].params_b for i in there], column[there]
        if len(set(sizes)) > 1 and len(set(scores)) > 1:
            rhos.append(spearmanr(sizes, scores).statistic)
    return float(np.mean(rhos)) if rhos else float("nan")


@given(pool=pools())
def test_metrics_equal_their_definitions(pool: Pool) -> None:
    scores = pool.scores["rm"]
    families = families_of(pool.models)
    for row, column in enumerate(scores.T):
        there = column[~np.isnan(column)]
        none = float("nan")
        expected = {
            difficulty: -there.mean() if len(there) else none,
            separability: there.var() if len(there) else none,
            reward_max: there.max() if len(there) else none,
            reward_mean: there.mean() if len(there) else none,
            reward_min: there.min() if len(there) else none,
        }
        for metric, value in expected.items():
            np.testing.assert_allclose(metric(scores)[row], value, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(stability(scores, families)[row], slow_stability(column, pool.models), atol=1e-9)


def test_original_ties_count_for_the_larger_model() -> None:
    pair = [np.array([[0, 1.0], [1, 7.0]])]
    scores = np.array([[1.0, 1.0, 2.0], [1.0, 2.0, 1.0]])
    np.testing.assert_array_equal(stability(scores, pair, "original"), [1.0, 1.0, -1.0])
    np.testing.assert_array_equal(stability(scores, pair, "average"), [np.nan, 1.0, -1.0])


@given(seed=st.integers(0, 2**32))
def test_a_value_depends_on_its_own_column_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(5, COLUMNS + 3))
    order = rng.permutation(scores.shape[1])
    families = [np.array([[0, 1.0], [1, 7.0]]), np.array([[2, 3.0], [3, 9.0], [4, 70.0]])]
    for metric in (difficulty, separability, lambda s: stability(s, families)):
        np.testing.assert_array_equal(metric(scores)[order], metric(np.ascontiguousarray(scores[:, order])))


def test_families_need_two_known_sizes() -> None:
    models = (Model("a", "x", 1), Model("b", "x", 1), Model("c", "y", 1), Model("d", "y", None), Model("e", None, 3))
    assert families_of(models) == []
