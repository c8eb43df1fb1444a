"""The order of InsTag's complexity-first diverse sampling (Lu et al. 2023, algorithm 1)."""

import numpy as np

from crowdselect.strategies.tagged import Tagged


def complexity_first_order(n: int, tags: Tagged) -> np.ndarray:
    """Every tagged candidate (of n) in the order of taking: the order for a size is the beginning of this one.

    The published loop walks all rows again and again, most tags first (ties by uuid), and takes in each pass the rows
    that add a tag to what the pass has covered. A row adds a tag exactly when it is the first one left that has it, so
    a pass takes the first row left of each tag, and no row is looked at in vain.
    """
    counts = np.bincount(tags.positions, minlength=n)
    walk = np.argsort(-counts, kind="stable")
    turn_of = np.empty(n, dtype=np.int64)
    turn_of[walk] = np.arange(n)
    turns = turn_of[tags.positions]
    by_tag = np.lexsort((turns, tags.codes))
    starts = np.flatnonzero(np.diff(tags.codes[by_tag])) + 1
    left = [iter(rows.tolist()) for rows in np.split(turns[by_tag], starts)]  # the turns of each tag's rows
    taken: list[int] = []
    gone = bytearray(n)
    while left:
        first = [(next((turn for turn in rows if not gone[turn]), None), rows) for rows in left]
        left = [rows for turn, rows in first if turn is not None]
        for turn in sorted({turn for turn, _ in first if turn is not None}):
            gone[turn] = 1
            taken.append(turn)
    return walk[np.array(taken, dtype=np.int64)]
