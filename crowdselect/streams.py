"""One stream of random numbers for each purpose, so that what one draws says nothing of what another draws.

To draw for something new: give it a number of its own below.
"""

import numpy as np

from crowdselect.methods import CURRENT, Methods

ROWS, PAIRS, RESPONSES, MATCHED, RESAMPLES, HALVES = "rows", "pairs", "responses", "matched", "resamples", "halves"
# The rows have the plain seed; any other number is above 0, since numpy draws the same from [seed, 0] as from seed.
PURPOSES: dict[str, int] = {ROWS: 0, PAIRS: 1, RESPONSES: 2, MATCHED: 3, RESAMPLES: 4, HALVES: 7}


def stream(purpose: str, seed: int, methods: Methods = CURRENT) -> np.random.Generator:
    """The numbers that a recipe's seed gives for one of PURPOSES."""
    number = PURPOSES[purpose]
    if methods["streams"] == 1 and purpose != PAIRS:
        number = 0
    return np.random.default_rng([seed, number] if number else seed)
