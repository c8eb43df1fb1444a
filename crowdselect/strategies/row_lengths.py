"""How many words or tokens each candidate costs."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.spec import Of, Unit
from crowdselect.pool import Pool
from crowdselect.strategies.signals import signal


def lengths(candidates: Candidates, unit: Unit, of: Of) -> np.ndarray:
    """(n,) float64 of the instruction, of the chosen response, or of both; NaN where it is not known.

    Words are white-space words. Tokens are the signals `tokens_instruction` and `tokens_response`, which count them as
    a tokenizer of one's own does; UserError where the pool lacks them.
    """
    parts = ["instruction", "response"] if of == "pair" else [of]
    if unit == "tokens":
        return np.sum([signal(candidates, f"tokens_{part}") for part in parts], axis=0)
    return np.sum([candidates.metric(f"length_{part}") for part in parts], axis=0)


def has_lengths(pool: Pool, unit: Unit, of: Of) -> bool:
    """Whether the pool knows them: words always, tokens where a job or a user has counted them."""
    parts = ["instruction", "response"] if of == "pair" else [of]
    return unit == "words" or all(f"tokens_{part}" in pool.signal_names for part in parts)
