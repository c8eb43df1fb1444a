"""The largest selection that keeps to the constraints, or the best one that fits the budget.

Whether a size can be met does not go one way: of a source at most 0.2, 95 rows of five sources can be taken, and 96 to
99 cannot. So no size is ruled out by a smaller one. An integer program says how many rows there can be at most; from
there every size is tried in turn.
"""

from dataclasses import replace

import numpy as np

from crowdselect.constraints.counts import most_rows
from crowdselect.constraints.ground import Ground
from crowdselect.constraints.solve import over_quota, solve, with_quota
from crowdselect.constraints.spec import Constraints
from crowdselect.constraints.walk import Taken, walk

TRIED = 50  # sizes one by one; only distances and a strategy's own groups ever make it more than one or two
NOTHING = Taken(np.empty(0, dtype=np.int64), True)


def largest(ground: Ground, constraints: Constraints, size: int) -> Taken:
    """As many rows as possible, `size` at most; none where nothing is possible.

    Under a distance, or where a strategy fixes how many rows a group has, many sizes may have to be tried. After TRIED
    of them the next is what the walk to the last one took, and from one that can be met it goes up by halves.
    """
    problem = ground.problem(constraints, size)
    taken = solve(problem, size)
    if taken.met:
        return taken
    if not constraints.shares and not problem.groups and problem.costs is None:
        return walk(problem, size)  # nothing depends on the size: as many as there are is the most
    shares = replace(problem, groups=ground.shares(constraints))
    upper = min(size - 1, len(problem.order) + len(problem.pinned))
    for _ in range(TRIED):
        bound = most_rows(shares, upper)
        upper = upper if bound is None else bound
        taken = solve(ground.problem(constraints, upper), upper)
        if taken.met or upper == 0:
            return taken if taken.met else NOTHING
        upper -= 1
    return _between(ground, constraints, taken, upper + 1)


def fitting(ground: Ground, constraints: Constraints, size: int) -> Taken:
    """The best rows, `size` at most: one that does not fit the budget is passed over, and the next one tried.

    Shares and quotas are those of the rows that are taken, so where these are fewer, it is tried again with as many.
    """
    unlimited = constraints.model_copy(update={"budget": None})
    tried = size
    while tried > 0:
        problem = ground.problem(constraints, tried)
        if problem.quota is not None:
            free = solve(ground.problem(unlimited, tried), tried).rows  # what the quota gives where money is no matter
            problem = with_quota(problem, tried, over_quota(problem.quota, free, tried))
        taken = walk(problem, tried, saving=False)
        if taken.met:
            return taken
        tried = min(len(taken.rows), tried - 1)
    return largest(ground, constraints, size)


def _between(ground: Ground, constraints: Constraints, taken: Taken, high: int) -> Taken:
    """More rows than a walk down finds, fewer than `high`; `taken` is what the walk to `high` took."""
    low, failed = high, high
    while not taken.met and low:
        low, failed = min(len(taken.rows), low - 1), low
        taken = solve(ground.problem(constraints, low), low)
    best, high = (taken, failed) if taken.met else (NOTHING, high)
    low = len(best.rows)
    while high - low > 1:
        middle = (low + high) // 2
        taken = solve(ground.problem(constraints, middle), middle)
        if taken.met:
            low, best = middle, taken
        else:
            high = middle
    return best
