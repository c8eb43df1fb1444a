"""How many rows of each kind a selection can hold so that every bound is kept at once: a small integer program.

A walk keeps each bound by itself, which is not enough where fields overlap: the rows that one minimum needs may be
those that another maximum keeps out. The program asks how many of each class to take, and changes as little as it can
of what the walk would have taken.
"""

import numpy as np

from crowdselect.constraints.groups import EPSILON, Groups
from crowdselect.constraints.program import MOST, Parts, Program, parts_of
from crowdselect.constraints.walk import Classes, Problem


def possible_counts(problem: Problem, size: int, wished: np.ndarray) -> Classes | None:
    """Classes and their numbers without the pinned rows, near to those of the rows `wished` (w,).

    None where there are no such numbers, or none was found within the limit of nodes. Distances are not looked at. A
    budget is met exactly, or, where more costs differ than the program takes, by the mean cost of up to 64 stretches
    of each class's rows, which is never too low.
    """
    free = size - len(problem.pinned)
    if free < 0 or not len(problem.order):
        return None
    parts = parts_of(problem, free)
    count, classes = len(parts), len(parts.first)
    if count + classes > MOST:
        return None
    program = Program(count + classes)
    columns = np.arange(count)
    program.bound(columns, 1.0, free, free)
    for each in problem.groups:
        fewest, most = each.bounds(size)
        pinned, code = _pinned(problem, each), each.codes[parts.first][parts.owners]
        for group in range(len(most)):
            program.bound(columns[code == group], 1.0, fewest[group] - pinned[group], most[group] - pinned[group])
    _bound_cost(program, problem, parts)
    near_to = np.bincount(parts.of[np.setdiff1d(wished, problem.pinned)], minlength=classes)
    for nth in range(classes):  # |taken - wished| <= change
        both = np.append(columns[parts.owners == nth], count + nth)
        signs = np.ones(len(both))
        program.bound(both, signs, near_to[nth], np.inf)
        signs = signs.copy()
        signs[-1] = -1.0
        program.bound(both, signs, -np.inf, near_to[nth])
    found = program.lowest(
        np.append(_later(problem, parts.first)[parts.owners] / (2 * free + 2), np.ones(classes)),
        np.append(parts.widths, np.full(classes, np.inf)),
        np.append(np.ones(count), np.zeros(classes)),
    )
    if found is None:
        return None
    taken = np.bincount(parts.owners, weights=found[:count], minlength=classes)
    return Classes(parts.of, taken.astype(np.int64))


def most_rows(problem: Problem, size: int) -> int | None:
    """The most rows, up to `size`, that keep to the groups' shares, the budget and the pins; None where it finds none.

    A share of n rows is a bound on counts that is linear in n, so the size itself is one of the program's integers: a
    count is at most the whole part of 0.2 n exactly when it is at most 0.2 n. Distances are not looked at.
    """
    pinned = len(problem.pinned)
    free = min(size - pinned, len(problem.order))
    if free < 0:
        return None
    parts = parts_of(problem, free)
    count = len(parts)
    if count + 1 > MOST:
        return None
    program = Program(count + 1)
    columns = np.arange(count + 1)  # the last one is the size
    program.bound(columns, np.append(np.ones(count), -1.0), -pinned, -pinned)
    for each in problem.groups:
        fixed, code = _pinned(problem, each), each.codes[parts.first][parts.owners]
        for group in np.flatnonzero((each.least > 0) | (each.most < 1)):
            mine = np.append(columns[:-1][code == group], count)
            ones = np.ones(len(mine) - 1)
            program.bound(mine, np.append(ones, -each.most[group]), -np.inf, EPSILON - fixed[group])
            program.bound(mine, np.append(ones, -each.least[group]), -EPSILON - fixed[group], np.inf)
    _bound_cost(program, problem, parts)
    goal = np.append(np.zeros(count), -1.0)
    found = program.lowest(goal, np.append(parts.widths, float(size)), np.ones(count + 1), gap=0.0)
    return None if found is None else int(found[-1])


def _pinned(problem: Problem, groups: Groups) -> np.ndarray:
    """(g,) how many pinned rows each group has."""
    counts: np.ndarray = np.bincount(groups.codes[problem.pinned] + 1, minlength=len(groups.names) + 1)[1:]
    return counts


def _bound_cost(program: Program, problem: Problem, parts: Parts) -> None:
    if problem.costs is not None:
        left = problem.limit - float(problem.costs[problem.pinned].sum())
        program.bound(np.arange(len(parts)), parts.costs, -np.inf, left)


def _later(problem: Problem, first: np.ndarray) -> np.ndarray:
    """(c,) from 0 to 1: where in the order a class begins, so that of equal changes the one to better rows is made."""
    place = np.empty(int(problem.order.max(initial=-1)) + 1)
    place[problem.order] = np.arange(len(problem.order)) / len(problem.order)
    return place[first]
