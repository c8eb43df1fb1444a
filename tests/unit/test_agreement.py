"""Agreement of reward models, held to scipy and to the reference package of Krippendorff's alpha."""

from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from crowdselect.agreement import agreement, alpha
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from tests.unit.pools import make_pool


def judged(seed: int, rows: int = 40, gaps: float = 0.1, levels: int = 6) -> Pool:
    """A pool that three reward models have scored, on scales of their own, with ties and gaps."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(5, rows))
    scores = {}
    for place, name in enumerate(("rm-a", "rm-b", "rm-c")):
        scores[name] = np.round(truth + rng.normal(size=truth.shape), levels // 6) * (place + 1) * 10 - 3
        scores[name][rng.random(truth.shape) < gaps] = np.nan
    return replace(make_pool(truth), scores=scores)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), gaps=st.sampled_from([0.0, 0.2, 0.7]))
def test_every_number_is_scipys(seed: int, gaps: float) -> None:
    pool = judged(seed, 12, gaps)
    found = agreement(pool)
    for place, (a, b) in enumerate(found.pairs):
        x, y = (pool.scores[found.reward_models[each]] for each in (a, b))
        for row in range(12):
            check(found.spearman_rows[place, row], found.kendall_rows[place, row], x[:, row], y[:, row], 2)
        for model in range(5):
            check(found.spearman_models[place, model], found.kendall_models[place, model], x[model], y[model], 3)


def check(rho: float, tau: float, x: np.ndarray, y: np.ndarray, least: int) -> None:
    both = ~(np.isnan(x) | np.isnan(y))
    if both.sum() < least or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        assert np.isnan(rho)
        assert np.isnan(tau)
        return
    assert rho == pytest.approx(spearmanr(x[both], y[both]).statistic, abs=1e-9)
    assert tau == pytest.approx(kendalltau(x[both], y[both]).statistic, abs=1e-9)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), gaps=st.sampled_from([0.0, 0.3, 0.8]), raters=st.integers(2, 4))
def test_alpha_is_that_of_the_reference_package(seed: int, gaps: float, raters: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = rng.integers(0, 6, (raters, 12)).astype(np.float64)
    ratings[1] = np.where(rng.random(12) < 0.6, ratings[0], ratings[1])
    ratings[rng.random(ratings.shape) < gaps] = np.nan
    paired = (~np.isnan(ratings)).sum(axis=0) >= 2
    if not paired.any() or np.ptp(ratings[:, paired][~np.isnan(ratings[:, paired])]) == 0:
        assert np.isnan(alpha.interval(ratings))
        assert np.isnan(alpha.ordinal(ratings))
        return
    for level, mine in (("interval", alpha.interval), ("ordinal", alpha.ordinal)):
        theirs = krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
        assert mine(ratings) == pytest.approx(theirs, abs=1e-9)


def test_flips_are_instructions_with_another_best_response() -> None:
    scores = np.array([[1.0, 5.0, 2.0, 0.0], [2.0, 1.0, 2.0, 0.0]])
    other = np.array([[9.0, 9.0, 3.0, np.nan], [8.0, 1.0, 3.0, 4.0]])
    found = agreement(replace(make_pool(scores), scores={"a": scores, "b": other}))
    assert found.flipped[0].tolist()[:3] == [1.0, 0.0, 0.0]  # a tie goes to the first model by name, for both
    assert np.isnan(found.flipped[0, 3])  # one response alone has two scores
    assert found.flips[0] == pytest.approx(1 / 3)
    assert found.matrix(found.flips, 0.0).tolist() == [[0.0, pytest.approx(1 / 3)], [pytest.approx(1 / 3), 0.0]]


def test_units_of_a_reward_model_do_not_count() -> None:
    pool = judged(1)
    stretched = replace(pool, scores={name: scores * 7 + 100 for name, scores in pool.scores.items()})
    one, other = agreement(pool), agreement(stretched)
    assert other.alpha_interval == pytest.approx(one.alpha_interval)
    assert other.alpha_ordinal == pytest.approx(one.alpha_ordinal)
    assert np.allclose(other.disagreement, one.disagreement, equal_nan=True)


def test_the_same_scores_agree_and_their_opposites_contradict() -> None:
    scores = np.random.default_rng(2).normal(size=(5, 30))
    pool = make_pool(scores)
    same = agreement(replace(pool, scores={"a": scores, "b": scores * 3 + 1}))
    assert (same.alpha_interval, same.alpha_ordinal, same.flips[0]) == (pytest.approx(1), pytest.approx(1), 0)
    against = agreement(replace(pool, scores={"a": scores, "b": -scores}))
    assert against.alpha_interval < -0.9
    assert against.alpha_ordinal < -0.9
    assert against.flips[0] == 1
    assert np.allclose(against.kendall_rows, -1)


def test_one_reward_model_has_nobody_to_agree_with() -> None:
    with pytest.raises(UserError, match="Agreement needs two reward models; this workspace has rm"):
        agreement(make_pool(np.zeros((2, 3))))
