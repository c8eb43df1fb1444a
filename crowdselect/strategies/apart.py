"""Takes rows one by one, each the best by a worth that falls as a row comes to resemble one that is taken."""

from collections.abc import Callable

import numpy as np

from crowdselect.pick import best_rows
from crowdselect.strategies.embedded import AT_ONCE, cosines
from crowdselect.strategies.turns import Turns

AHEAD = 1024  # rows that are kept exact from one taking to the next
TAKINGS = 256  # after so many at most, every row is brought up to date, by one matrix product

# rows (k,) and their highest cosine similarity to a taken row (k,) to what each is worth (k,): never more for a higher
Worth = Callable[[np.ndarray, np.ndarray], np.ndarray]


def take_apart(units: np.ndarray, worth: Worth, first: int, turns: Turns) -> tuple[np.ndarray, np.ndarray]:
    """The rows in the order of taking (k,), `first` first, and what each of all rows was worth (n,).

    That is when it was taken, at the end for the others; NaN for the first. Exactly the plain greedy loop, ties to the
    lower row: a worth only falls, so while the best of the rows that are kept exact is worth more than any other row
    was at the last update of all, it is the best of all.
    `units` (n, dim) are those of `embedded`.
    """
    n = len(units)
    everyone, taken = np.arange(n), np.zeros(n, dtype=bool)
    near, values = np.full(n, -np.inf), np.full(n, np.nan)
    order, fresh = [first], [first]
    taken[first] = True
    turns.take(first)
    while True:
        _bring_up_to_date(near, units, fresh)
        worths = worth(everyone, cosines(near))
        if len(order) >= turns.size:
            break
        may = ~taken & turns.open(everyone)
        if not may.any():
            turns.lift()
            may = ~taken
        fresh = _take_some(units, worth, turns, near, np.where(may, worths, np.nan), len(order), values)
        taken[fresh] = True
        order += fresh
    values[~taken] = worths[~taken]
    return np.array(order, dtype=np.int64), values


def _take_some(
    units: np.ndarray, worth: Worth, turns: Turns, near: np.ndarray, worths: np.ndarray, count: int, values: np.ndarray
) -> list[int]:
    """The next rows (one at least), as far as the best of `worths` (n,) decide; writes what each was worth."""
    ahead = best_rows(worths, AHEAD + 1)
    border = (-np.inf, 0)
    if len(ahead) > AHEAD:
        border = (worths[ahead[-1]], -int(ahead[-1]))
    ahead = np.sort(ahead[:AHEAD])
    block, close = units[ahead], near[ahead]
    gone = np.zeros(len(ahead), dtype=bool)
    fresh: list[int] = []
    while len(fresh) < TAKINGS and count + len(fresh) < turns.size:
        now = worth(ahead, cosines(close))
        now[gone | ~turns.open(ahead)] = -np.inf
        place = int(np.argmax(now))
        row = int(ahead[place])
        if now[place] == -np.inf or (now[place], -row) < border:
            break
        fresh.append(row)
        gone[place] = True
        values[row] = now[place]
        turns.take(row)
        np.maximum(close, block @ units[row], out=close)
    return fresh


def _bring_up_to_date(near: np.ndarray, units: np.ndarray, fresh: list[int]) -> None:
    """Raises `near` (n,) to the products with the rows that were taken since."""
    new = units[fresh].T
    for start in range(0, len(units), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        np.maximum(near[part], (units[part] @ new).max(axis=1), out=near[part])
