"""The order of InsTag's complexity-first diverse sampling (Lu et al. 2023, algorithm 1)."""

from heapq import heapify, heappop

import numpy as np

from crowdselect.strategies.tagged import Tagged


def complexity_first_order(n: int, tags: Tagged) -> np.ndarray:
    """Every tagged candidate (of n) in the order of taking: the order for a size is the beginning of this one.

    The published loop walks all rows again and again, most tags first (ties by uuid), and takes in each pass the rows
    that add a tag to what the pass has covered. The next row to take is always the first one left with an uncovered
    tag, so it is found from the first row left of each tag, and no row is looked at in vain.
    """
    counts = np.bincount(tags.positions, minlength=n)
    walk = np.argsort(-counts, kind="stable")
    turn_of = np.empty(n, dtype=np.int64)
    turn_of[walk] = np.arange(n)
    turns = turn_of[tags.positions]

    by_turn = np.argsort(turns, kind="stable")
    tags_of = _groups(turns[by_turn], tags.codes[by_turn])
    by_tag = np.lexsort((turns, tags.codes))
    left = _groups(tags.codes[by_tag], turns[by_tag])  # tag -> the turns of its rows
    next_of = dict.fromkeys(left, 0)
    taken: list[int] = []
    gone = bytearray(n)
    while left:
        first = [(rows[next_of[tag]], tag) for tag, rows in left.items()]
        heapify(first)
        covered: set[int] = set()
        while first:
            turn, tag = heappop(first)
            if tag not in covered:
                taken.append(turn)
                gone[turn] = 1
                covered.update(tags_of[turn])
        for tag in list(left):
            rows, place = left[tag], next_of[tag]
            while place < len(rows) and gone[rows[place]]:
                place += 1
            next_of[tag] = place
            if place == len(rows):
                del left[tag]
    return walk[np.array(taken, dtype=np.int64)]


def _groups(keys: np.ndarray, values: np.ndarray) -> dict[int, list[int]]:
    """key -> its values, from keys that ascend."""
    names, starts = np.unique(keys, return_index=True)
    parts = np.split(values, starts[1:]) if len(names) else []
    return {int(name): part.tolist() for name, part in zip(names, parts, strict=True)}
