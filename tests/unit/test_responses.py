"""Which response is chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.responses import RESPONSES, best, longest, named_model, random, shortest, top_k_random, worst
from crowdselect.streams import RESPONSES as RNG
from crowdselect.streams import stream

SCORES = np.array([[1.0, np.nan, 2.0, 5.0], [3.0, np.nan, 2.0, np.nan], [3.0, np.nan, 1.0, 9.0]])
WORDS = np.array([[5, -1, 3, 4], [2, 9, 1, 8], [7, -1, 6, -1]])


def test_best_takes_the_first_of_equals_and_only_what_was_answered() -> None:
    assert best(SCORES, WORDS, stream(RNG, 0)).tolist() == [1, 1, 0, 0]


def test_the_worst_the_longest_and_the_shortest_against_a_loop() -> None:
    """Of equals the first model by name; an answer without a score is the worst only where no other is scored."""
    drawn = np.random.default_rng(4)
    scores = drawn.choice([-1.0, 0.0, 2.0, np.nan], (5, 400))
    words = drawn.choice([-1, 1, 2, 9], (5, 400))
    found = {rule: rule(scores, words, stream(RNG, 0)) for rule in (worst, longest, shortest)}
    for row in range(400):
        there = [model for model in range(5) if words[model, row] >= 0]
        unscored = {model: bool(np.isnan(scores[model, row])) for model in there}
        first = {
            worst: sorted(there, key=lambda model: (unscored[model], np.nan_to_num(scores[model, row]), model)),
            longest: sorted(there, key=lambda model: (-words[model, row], model)),
            shortest: sorted(there, key=lambda model: (words[model, row], model)),
        }
        for rule, order in first.items():
            assert found[rule][row] == (order[0] if order else -1)


def test_no_answer_no_choice() -> None:
    nobody = np.full((3, 4), -1)
    for name, rule in RESPONSES.items():
        extra = {"model": 0} if name == "model" else {}
        assert rule(SCORES, nobody, stream(RNG, 0), **extra).tolist() == [-1] * 4


def test_named_model() -> None:
    assert named_model(SCORES, WORDS, stream(RNG, 0), model=2).tolist() == [2, -1, 2, -1]


@given(seed=st.integers(0, 2**32), k=st.integers(1, 5))
def test_draws_are_answered_and_among_the_best(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores, answered = rng.normal(size=(6, 30)), rng.random((6, 30)) < 0.7
    words = np.where(answered, 3, -1)
    for chosen, among in ((random(scores, words, rng), 6), (top_k_random(scores, words, rng, k=k), k)):
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
    scores, words = np.tile(np.arange(5.0)[:, None], n), np.ones((5, n), dtype=np.int32)
    shares = np.bincount(rule(scores, words, stream(RNG, 3)), minlength=5) / n
    np.testing.assert_allclose(shares, 0.2, atol=0.02)
