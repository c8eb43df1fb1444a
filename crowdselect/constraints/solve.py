"""The selection under constraints: greedy in the strategy's order, and where that falls short, by counted classes.

Greedy keeps each bound in sight by itself. Where shares of several fields, or shares and a budget, get in each other's
way, an integer program says how many rows of each class can be taken at all, and the walk goes again with those
numbers. So shares, budget, pins and bans are met whenever they can be (a budget over more than 64 rows of a class: to
within a hair). Distances and near-duplicates are kept in the order of taking: of rows that exclude each other the
first one stays, and another choice might leave room for more.
"""

from collections.abc import Callable

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.counts import possible_counts
from crowdselect.constraints.ground import Ground
from crowdselect.constraints.spec import Constraints
from crowdselect.constraints.walk import Problem, Taken, walk
from crowdselect.pick import ordered
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice

Run = Callable[[Candidates, SelectSpec], Choice]


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


def largest(ground: Ground, constraints: Constraints, size: int) -> tuple[int, Taken]:
    """The largest size up to `size` that was found to be possible, by halving, and its rows; 0 where none is."""
    problem = ground.problem(constraints, size)
    taken = solve(problem, size)
    if taken.met:
        return size, taken
    if not constraints.shares and not problem.groups and problem.costs is None:
        taken = walk(problem, size)  # nothing depends on the size: as many as there are is the most
        return len(taken.rows), taken
    low, best = 0, Taken(np.empty(0, dtype=np.int64), True)
    high = min(size, len(ground.order) + len(constraints.pinned) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        taken = solve(ground.problem(constraints, middle), middle)
        if taken.met:
            low, best = middle, taken
        else:
            high = middle
    return low, best


def constrained(ground: Ground, constraints: Constraints) -> Choice:
    """The choice of the spec's size; of fewer rows where that many cannot be taken, and then too nothing is broken."""
    _, taken = largest(ground, constraints, ground.spec.size)
    choice = ground.choice
    return Choice(ordered(choice.priority, np.sort(taken.rows)), choice.priority, choice.score)
