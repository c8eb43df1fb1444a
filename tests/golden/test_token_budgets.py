"""Budgets on the real pool under reward models that disagree: counted line by line, no file costs more."""

from dataclasses import replace

import numpy as np
import pytest

from crowdselect.pool import Pool
from tests.golden.conftest import JUDGE
from tests.unit.test_answer_signals import kept_within


@pytest.mark.slow
def test_no_budget_is_exceeded(real_pool: Pool) -> None:
    draw = np.random.default_rng(0)
    words, scores = real_pool.response_words, real_pool.scores[JUDGE]
    others = {name: scores + draw.normal(scale=np.nanstd(scores), size=scores.shape) for name in ("rm-b", "rm-c")}
    tokens = np.where(words > 0, np.ceil(words * draw.uniform(1.1, 1.9, words.shape)), np.nan)
    pool = replace(
        real_pool,
        scores={JUDGE: scores, **others},
        signals={"tokens_instruction": np.ceil(real_pool.instruction_words * 1.4)},
        response_signals={"tokens_response": tokens, "direct_score": draw.integers(0, 11, words.shape) / 2},
    )
    assert kept_within([pool], 100, 200, 2) > 100
