"""Item response: the slope is the one that scores were made with, whatever the offset, and 0/1 scores give 2PL."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import spearmanr

from crowdselect.irt import item_response
from crowdselect.irt.logistic import INTERCEPT_SD, SLOPE_SD
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from tests.unit.pools import make_pool

MODELS, ROWS = 19, 2_000


def simulated(
    slope: np.ndarray, seed: int, offset_sd: float = 1.0, noise: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (19, rows) on lines of those slopes, the abilities and the offsets they were made from."""
    rng = np.random.default_rng(seed)
    ability, offset = rng.normal(size=MODELS), rng.normal(0, offset_sd, len(slope))
    scores = offset + slope * ability[:, None] + noise * rng.normal(size=(MODELS, len(slope)))
    return scores, ability, offset


@pytest.mark.parametrize("seed", range(5))
def test_known_slopes_are_recovered_negative_ones_too(seed: int) -> None:
    slope = np.random.default_rng([seed, 1]).normal(size=ROWS)
    scores, ability, offset = simulated(slope, seed)
    found = item_response(scores)
    # slopes that are as often negative do not tell which end of ability is the good one: the scores' means decide
    good_end = np.sign(spearmanr(found.ability, ability).statistic)
    assert spearmanr(found.discrimination, good_end * slope).statistic >= 0.9
    assert spearmanr(found.ability, good_end * ability).statistic >= 0.98
    assert spearmanr(found.difficulty, -offset).statistic >= 0.93
    assert spearmanr(found.ability, scores.mean(axis=1)).statistic >= 0
    assert 0.3 < (found.discrimination < 0).mean() < 0.7


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_how_hard_a_row_is_says_nothing_of_its_slope(gaps: float) -> None:
    scores, ability, offset = simulated(np.ones(ROWS), seed=0, offset_sd=3.0)
    scores[np.random.default_rng(1).random(scores.shape) < gaps] = np.nan
    found = item_response(scores)
    assert abs(spearmanr(found.discrimination, np.abs(offset)).statistic) <= 0.2
    assert abs(spearmanr(found.discrimination, offset).statistic) <= 0.2
    assert spearmanr(found.ability, ability).statistic >= 0.98


def fitted_by_scipy(good: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and intercepts of the 2PL model's joint maximum a posteriori, all parameters at once."""
    models, rows = good.shape

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        ability, slope, intercept = at[:models], at[models : models + rows], at[models + rows :]
        z = slope * ability[:, None] + intercept
        prior = [ability, slope / SLOPE_SD, intercept / INTERCEPT_SD]
        total = (np.logaddexp(0, z) - good * z).sum() + sum(part @ part for part in prior) / 2
        rest = expit(z) - good
        down = [rest @ slope + ability, ability @ rest + slope / SLOPE_SD**2, rest.sum(axis=0)]
        return float(total), np.concatenate([*down[:2], down[2] + intercept / INTERCEPT_SD**2])

    start = np.concatenate([good.mean(axis=1) - good.mean(), np.ones(rows), np.zeros(rows)])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 3_000}).x
    return best[models : models + rows], best[models + rows :]


@pytest.mark.parametrize("high", [1.0, 7.5])
def test_scores_of_two_levels_give_the_2pl_model(high: float) -> None:
    rng = np.random.default_rng(3)
    ability, slope, offset = rng.normal(size=60), rng.normal(0.5, 1.0, 300), rng.normal(size=300)
    good = (rng.random((60, 300)) < expit(slope * ability[:, None] + offset)).astype(np.float64)
    found = item_response(good * high)
    slopes, intercepts = fitted_by_scipy(good)
    assert spearmanr(found.discrimination, slopes).statistic >= 0.99
    assert spearmanr(found.difficulty, -intercepts).statistic >= 0.99
    assert spearmanr(found.discrimination, slope).statistic >= 0.85


def test_a_third_level_makes_it_a_line() -> None:
    good = (np.random.default_rng(0).random((8, 50)) < 0.5).astype(np.float64)
    good[0, 0] = 0.5
    assert item_response(good).difficulty == pytest.approx(-good.mean(axis=0))


@pytest.mark.parametrize("levels", [None, 2])
def test_missing_scores_are_left_out(levels: int | None) -> None:
    slope = np.random.default_rng(5).normal(1.0, 1.0, ROWS)
    scores, _, _ = simulated(slope, seed=6, noise=0.5)
    scores = scores if levels is None else (scores > 0).astype(np.float64)
    whole = item_response(scores)
    scores[np.random.default_rng(7).random(scores.shape) < 0.3] = np.nan
    scores[:, 7] = np.nan
    found = item_response(scores)
    assert np.flatnonzero(np.isnan(found.difficulty)).tolist() == [7]
    rest = np.arange(ROWS) != 7
    assert spearmanr(found.difficulty[rest], whole.difficulty[rest]).statistic >= 0.9
    assert spearmanr(found.discrimination[rest], whole.discrimination[rest]).statistic >= 0.85


def test_who_answered_does_not_make_a_row_hard() -> None:
    """Rows that only the weak half answered: their mean score is low, their difficulty is not."""
    scores, ability, offset = simulated(np.full(ROWS, 2.0), seed=8, noise=0.3)
    strong = ability > np.median(ability)
    scores[np.ix_(strong, np.arange(ROWS) < ROWS // 2)] = np.nan
    found = item_response(scores)
    bias = (found.difficulty + offset)[: ROWS // 2].mean() - (found.difficulty + offset)[ROWS // 2 :].mean()
    naive = np.nanmean(scores[:, ROWS // 2 :]) - np.nanmean(scores[:, : ROWS // 2])
    assert naive > 1.0
    assert abs(bias) < 0.1


def test_a_scale_of_the_scores_is_a_scale_of_the_slopes() -> None:
    scores, _, _ = simulated(np.random.default_rng(9).normal(1, 1, 300), seed=10)
    found, stretched = item_response(scores), item_response(scores * 30 + 5)
    assert stretched.discrimination == pytest.approx(30 * found.discrimination)
    assert stretched.difficulty == pytest.approx(30 * found.difficulty - 5)
    order = np.random.default_rng(11).permutation(300)
    assert item_response(scores[:, order]).discrimination == pytest.approx(found.discrimination[order], abs=1e-6)


def test_strange_crowds_have_a_model_too() -> None:
    for scores in (np.zeros((3, 4)), np.zeros((1, 4)), np.array([[1.0, 2, 3]]), np.zeros((0, 4)), np.zeros((3, 0))):
        found = item_response(scores)
        assert np.isfinite(found.difficulty).all() or not scores.size
        assert len(found.difficulty) == scores.shape[1]
    assert np.isnan(item_response(np.full((3, 4), np.nan)).difficulty).all()
    assert np.all(np.diff(item_response(np.array([[1.0, 2, 3]])).difficulty) < 0)  # one model: minus its score


def test_it_can_be_weighed_and_filtered_by_and_a_filter_does_not_change_the_fit() -> None:
    scores, _, _ = simulated(np.random.default_rng(12).normal(size=60), seed=13)
    pool = make_pool(scores[:5])
    document = {
        "pool": {"where": [{"field": "source", "in": ["web"]}, {"field": "irt_difficulty", "min": -0.5}]},
        "select": {"size": 5, "weights": {"irt_difficulty": 1, "irt_discrimination": -0.5}},
    }
    chosen = select(pool, Recipe.parse(document))
    whole = item_response(pool.scores["rm"])
    rows = chosen.candidates.rows
    assert np.array_equal(chosen.candidates.metric("irt_difficulty"), whole.difficulty[rows])
    assert np.array_equal(chosen.candidates.metric("irt_discrimination"), whole.discrimination[rows])
    assert set(rows) == set(np.flatnonzero((pool.sources == "web") & (whole.difficulty >= -0.5)))
