"""The selection under constraints: greedy in the strategy's order, and where that falls short, by counted classes.

Greedy keeps each bound in sight by itself. Where shares of several fields, or shares and a budget, get in each other's
way, an integer program says how many rows of each class can be taken at all, and the walk goes again with those
numbers. So shares, budget, pins and bans are met whenever they can be. Distances and near-duplicates are kept in the
order of taking: of rows that exclude each other the first one stays, and another choice might leave room for more.
"""

from dataclasses import replace

import numpy as np

from crowdselect.constraints.counts import fewest_over, possible_counts
from crowdselect.constraints.groups import Groups, Widened
from crowdselect.constraints.walk import Problem, Taken, walk


def solve(problem: Problem, size: int) -> Taken:
    """`size` rows of the problem, `met` where they keep every bound; the quota as far as they let it be kept."""
    if size == 0:
        return Taken(np.empty(0, dtype=np.int64), len(problem.pinned) == 0)
    if size > len(problem.order) + len(problem.pinned):
        return Taken(problem.order[:0], False)
    if problem.quota is None:
        return _solved(problem, size)
    taken = _solved(with_quota(problem, size), size)
    return taken if taken.met else _given_way(problem, problem.quota, size)


def with_quota(problem: Problem, size: int, more: np.ndarray | None = None) -> Problem:
    """The quota as a bound like the others, but for pinned rows, which are in whatever it is, and `more` (g,) rows."""
    quota = problem.quota
    if quota is None:
        return problem
    over = over_quota(quota, problem.pinned, size)
    bound = Widened.by(quota, over if more is None else np.maximum(over, more))
    return replace(problem, groups=[*problem.groups, bound], quota=None)


def over_quota(quota: Groups, rows: np.ndarray, size: int) -> np.ndarray:
    """(g,) how many of these rows each group has above its quota of a selection of `size`."""
    counts = np.bincount(quota.codes[rows], minlength=len(quota.names))
    found: np.ndarray = np.maximum(counts - quota.bounds(size)[1], 0)
    return found


def _solved(problem: Problem, size: int) -> Taken:
    taken = walk(problem, size)
    if taken.met or not (problem.groups or problem.costs is not None):
        return taken
    classes = possible_counts(problem, size, taken.rows)
    return taken if classes is None else walk(problem, size, classes)


def _given_way(problem: Problem, quota: Groups, size: int) -> Taken:
    """What is missing comes from the best rows that are left; where a bound needs others, from as few as it can be."""
    free = walk(problem, size)
    bound = bool(problem.groups) or problem.costs is not None
    if free.met and not bound:
        return free
    over = fewest_over(problem, quota, size)
    if over is not None:
        if free.met and over_quota(quota, free.rows, size).sum() <= over.sum():
            return free
        taken = _solved(with_quota(problem, size, over), size)
        if taken.met:
            return taken
    return free if free.met else _solved(replace(problem, quota=None), size)
