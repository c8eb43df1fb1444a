"""The 2PL model: it finds what scores were made from, and nothing but the scores' order counts."""

import numpy as np
from scipy.optimize import minimize
from scipy.stats import spearmanr

from crowdselect.irt import B_SD, LOG_A_SD, _items, item_response
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from tests.unit.pools import make_pool


def simulated(rows: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores (19, rows) from known abilities, difficulties and discriminations."""
    rng = np.random.default_rng(seed)
    ability, b, a = rng.normal(size=19), rng.normal(size=rows), np.exp(rng.normal(0, 0.4, rows))
    return a * (ability[:, None] - b) + noise * rng.normal(size=(19, rows)), ability, b, a


def test_known_parameters_are_recovered() -> None:
    scores, ability, b, a = simulated(2_000, noise=1.0)
    found = item_response(scores)
    assert spearmanr(found.difficulty, b).statistic >= 0.94
    assert spearmanr(found.discrimination, a).statistic >= 0.7
    assert spearmanr(found.ability, ability).statistic >= 0.99
    # better than the crowd's mean and spread, which mix the two
    assert spearmanr(found.difficulty, b).statistic > spearmanr(-scores.mean(axis=0), b).statistic
    assert spearmanr(found.discrimination, a).statistic > spearmanr(scores.var(axis=0), a).statistic


def test_missing_scores_are_left_out() -> None:
    scores, _, b, _ = simulated(2_000, noise=0.5)
    scores[np.random.default_rng(1).random(scores.shape) < 0.3] = np.nan
    scores[:, 7] = np.nan
    found = item_response(scores)
    assert np.flatnonzero(np.isnan(found.difficulty)).tolist() == [7]
    rest = np.arange(2_000) != 7
    assert spearmanr(found.difficulty[rest], b[rest]).statistic >= 0.9


def test_each_row_is_the_best_for_the_abilities() -> None:
    scores, ability, _, _ = simulated(40, noise=1.0)
    good = np.random.default_rng(2).random(scores.shape)
    log_a, b = _items(good, ability, np.zeros(40), np.zeros(40))

    def loss(at: np.ndarray, y: np.ndarray) -> float:
        z = np.exp(at[0]) * (ability - at[1])
        prior = at[0] ** 2 / (2 * LOG_A_SD**2) + at[1] ** 2 / (2 * B_SD**2)
        return float((np.logaddexp(0, z) - y * z).sum() + prior)

    for row in range(40):
        best = minimize(loss, [0.0, 0.0], args=(good[:, row],), method="BFGS", options={"gtol": 1e-8})
        assert loss(np.array([log_a[row], b[row]]), good[:, row]) <= best.fun + 1e-8


def test_only_the_order_of_the_scores_counts_and_not_that_of_the_rows() -> None:
    scores, _, _, _ = simulated(300, noise=1.0)
    found, stretched = item_response(scores), item_response(np.exp(scores / 3))
    assert np.array_equal(found.difficulty, stretched.difficulty)
    order = np.random.default_rng(3).permutation(300)
    moved = item_response(scores[:, order])
    assert np.allclose(moved.difficulty, found.difficulty[order], atol=1e-9)


def test_strange_crowds_have_a_model_too() -> None:
    for scores in (np.zeros((3, 4)), np.zeros((1, 4)), np.array([[1.0, 2, 3]]), np.zeros((0, 4)), np.zeros((3, 0))):
        found = item_response(scores)
        assert np.isfinite(found.difficulty).all() or not scores.size
        assert len(found.difficulty) == scores.shape[1]
    assert np.isnan(item_response(np.full((3, 4), np.nan)).difficulty).all()
    assert np.all(np.diff(item_response(np.array([[1.0, 2, 3]])).difficulty) < 0)  # one model: minus its score


def test_it_can_be_weighed_and_filtered_by_and_a_filter_does_not_change_the_fit() -> None:
    scores, _, _, _ = simulated(60, noise=1.0)
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
