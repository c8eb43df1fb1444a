"""Which response is chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.responses import RESPONSES, best, named_model, random, top_k_random

SCORES = np.array([[1.0, np.nan, 2.0, 5.0], [3.0, np.nan, 2.0, np.nan], [3.0, np.nan, 1.0, 9.0]])
ANSWERED = np.array([[True, False, True, True], [True, True, True, True], [True, False, True, False]])


def test_best_takes_the_first_of_equals_and_only_what_was_answered() -> None:
    assert best(SCORES, ANSWERED, 0).tolist() == [1, 1, 0, 0]


def test_no_answer_no_choice() -> None:
    nobody = np.zeros((3, 4), dtype=bool)
    for name, rule in RESPONSES.items():
        extra = {"model": 0} if name == "model" else {}
        assert rule(SCORES, nobody, 0, **extra).tolist() == [-1] * 4


def test_named_model() -> None:
    assert named_model(SCORES, ANSWERED, 0, model=2).tolist() == [2, -1, 2, -1]


@given(seed=st.integers(0, 2**32), k=st.integers(1, 5))
def test_draws_are_answered_and_among_the_best(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores, answered = rng.normal(size=(6, 30)), rng.random((6, 30)) < 0.7
    for chosen, among in ((random(scores, answered, seed), 6), (top_k_random(scores, answered, seed, k=k), k)):
        for row in range(30):
            if chosen[row] < 0:
                assert not answered[:, row].any()
                continue
            better = (scores[:, row] > scores[chosen[row], row]) & answered[:, row]
            assert answered[chosen[row], row]
            assert better.sum() < among


@pytest.mark.parametrize("rule", [random, top_k_random])
def test_every_answer_has_its_share(rule) -> None:
    n = 30_000
    scores, answered = np.tile(np.arange(5.0)[:, None], n), np.ones((5, n), dtype=bool)
    shares = np.bincount(rule(scores, answered, 3), minlength=5) / n
    np.testing.assert_allclose(shares, 0.2, atol=0.02)
