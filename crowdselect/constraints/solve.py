"""The selection under constraints: greedy in the strategy's order, and where that falls short, by counted classes.

Greedy keeps each bound in sight by itself. Where shares of several fields, or shares and a budget, get in each other's
way, an integer program says how many rows of each class can be taken at all, and the walk goes again with those
numbers. So shares, budget, pins and bans are met whenever they can be. Distances and near-duplicates are kept in the
order of taking: of rows that exclude each other the first one stays, and another choice might leave room for more.
"""

import numpy as np

from crowdselect.constraints.counts import possible_counts
from crowdselect.constraints.walk import Problem, Taken, walk


def solve(problem: Problem, size: int) -> Taken:
    """`size` rows of the problem, `met` where they keep every bound."""
    if size == 0:
        return Taken(np.empty(0, dtype=np.int64), len(problem.pinned) == 0)
    if size > len(problem.order) + len(problem.pinned):
        return Taken(problem.order[:0], False)
    taken = walk(problem, size)
    if taken.met or not (problem.groups or problem.costs is not None):
        return taken
    classes = possible_counts(problem, size, taken.rows)
    return taken if classes is None else walk(problem, size, classes)
