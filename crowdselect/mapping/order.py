"""In which order points are sent and drawn: any first part of them is an even sample of all rows.

While a view moves, a map draws only the first points; neighbours in the pool (ids often go by source) must not be what
is missing then. Row = place · step mod n with a step near n / golden ratio: both sides compute it, no table is sent.
"""

import functools
import math

import numpy as np

GOLDEN = (math.sqrt(5) - 1) / 2
NEAR = 24  # how far from n / golden ratio the step may lie


@functools.lru_cache(maxsize=64)
def step(n: int) -> int:
    """The distance in rows between one place and the next; coprime to `n`, so every row has one place.

    Of the steps near n / golden ratio the one that leaves the smallest gaps: the golden ratio is best because no
    quotient in Euclid's algorithm is above 1, and a rounded one is as good as its largest quotient is small.
    """
    near = max(1, round(n * GOLDEN))
    reach = min(NEAR, n // 8)
    possible = [step for step in range(near - reach, near + reach + 1) if math.gcd(step, n) == 1]
    return min(possible or [1], key=lambda step: (_largest_quotient(step, n), abs(step - near)))


@functools.lru_cache(maxsize=2)  # every change of a selection asks for the same pool's
def draw_order(n: int) -> np.ndarray:
    """(n,) int32: the row at each place. Read-only."""
    order = (np.arange(n, dtype=np.int64) * step(n) % max(n, 1)).astype(np.int32)
    order.flags.writeable = False
    return order


def _largest_quotient(small: int, large: int) -> int:
    """The largest quotient in Euclid's algorithm; the first, which is infinite or 1, aside."""
    quotients = []
    while small:
        quotients.append(large // small)
        small, large = large % small, small
    return max(quotients[1:], default=1)
