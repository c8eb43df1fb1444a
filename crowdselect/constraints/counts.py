"""How many rows of each kind a selection can hold so that every bound is kept at once: a small integer program.

A walk keeps each bound by itself, which is not enough where fields overlap: the rows that one minimum needs may be
those that another maximum keeps out. The program asks how many of each class to take, and changes as little as it can
of what the walk would have taken.
"""

from dataclasses import replace

import numpy as np

from crowdselect.constraints.groups import EPSILON, Groups
from crowdselect.constraints.program import MOST, Program, Table, table_of
from crowdselect.constraints.walk import Classes, Problem


def possible_counts(problem: Problem, size: int, wished: np.ndarray) -> Classes | None:
    """Classes and their numbers without the pinned rows, near to those of the rows `wished` (w,).

    None where there are no such numbers, or none was found within the limits. Distances are not looked at.
    """
    free = size - len(problem.pinned)
    if free < 0 or not len(problem.order):
        return None
    table = table_of(problem, free)
    classes = len(table)
    if classes > MOST:
        return None
    program = _exactly(table, problem, size, more=classes)
    near_to = np.bincount(table.of[np.setdiff1d(wished, problem.pinned)], minlength=classes)
    for nth in range(classes):  # |taken - wished| <= change
        both = np.array([nth, 2 * classes + nth])
        program.bound(both, np.array([1.0, 1.0]), near_to[nth], np.inf)
        program.bound(both, np.array([1.0, -1.0]), -np.inf, near_to[nth])
    found = program.lowest(_later(problem, table.first) / (2 * free + 2), np.ones(classes), np.inf)
    return None if found is None else Classes(table.of, found[:classes].astype(np.int64))


def fewest_over(problem: Problem, quota: Groups, size: int) -> np.ndarray | None:
    """(g,) by how many rows each group of the quota has to go beyond it, as few in all as the other bounds allow.

    None where it finds no selection of that size at all.
    """
    free = size - len(problem.pinned)
    table = table_of(replace(problem, groups=[*problem.groups, quota]), free)
    classes, groups = len(table), len(quota.names)
    if free < 0 or classes > MOST or not classes:
        return None
    program = _exactly(table, problem, size, more=groups)
    most = quota.bounds(size)[1] - _pinned(problem, quota)
    for group, mine in enumerate(_members(table, quota)):
        columns = np.append(mine, 2 * classes + group)
        program.bound(columns, np.append(np.ones(len(mine)), -1.0), -np.inf, most[group])
    found = program.lowest(_later(problem, table.first) / (2 * free + 2), np.ones(groups), np.inf)
    if found is None:
        return None
    return np.ceil(found[classes:] - EPSILON).astype(np.int64)


def most_rows(problem: Problem, size: int) -> int | None:
    """The most rows, up to `size`, that keep to the groups' shares, the budget and the pins; None where it finds none.

    A share of n rows is a bound on counts that is linear in n, so the size itself is one of the program's variables: a
    count is at most the whole part of 0.2 n exactly when it is at most 0.2 n. Distances are not looked at.
    """
    pinned = len(problem.pinned)
    free = min(size - pinned, len(problem.order))
    if free < 0:
        return None
    table = table_of(problem, free)
    classes = len(table)
    if classes > MOST:
        return None
    program = Program(table, more=1)
    program.bound(np.append(np.arange(classes), 2 * classes), np.append(np.ones(classes), -1.0), -pinned, -pinned)
    for each in problem.groups:
        fixed = _pinned(problem, each)
        for group, mine in enumerate(_members(table, each)):
            columns, ones = np.append(mine, 2 * classes), np.ones(len(mine))
            program.bound(columns, np.append(ones, -each.most[group]), -np.inf, EPSILON - fixed[group])
            program.bound(columns, np.append(ones, -each.least[group]), -EPSILON - fixed[group], np.inf)
    found = program.lowest(np.zeros(classes), -np.ones(1), float(size), gap=0.0)
    return None if found is None else round(float(found[-1]))


def _exactly(table: Table, problem: Problem, size: int, more: int) -> Program:
    """The program of `size` rows that keep the bounds of every group; `more` variables are the caller's."""
    program = Program(table, more)
    free = size - len(problem.pinned)
    program.bound(np.arange(len(table)), 1.0, free, free)
    for each in problem.groups:
        fewest, most = each.bounds(size)
        pinned = _pinned(problem, each)
        for group, mine in enumerate(_members(table, each)):
            program.bound(mine, 1.0, fewest[group] - pinned[group], most[group] - pinned[group])
    return program


def _members(table: Table, groups: Groups) -> list[np.ndarray]:
    """The classes of each group."""
    code = groups.codes[table.first]
    return [np.flatnonzero(code == group) for group in range(len(groups.names))]


def _pinned(problem: Problem, groups: Groups) -> np.ndarray:
    """(g,) how many pinned rows each group has."""
    counts: np.ndarray = np.bincount(groups.codes[problem.pinned] + 1, minlength=len(groups.names) + 1)[1:]
    return counts


def _later(problem: Problem, first: np.ndarray) -> np.ndarray:
    """(c,) from 0 to 1: where in the order a class begins, so that of equal changes the one to better rows is made."""
    place = np.empty(int(problem.order.max(initial=-1)) + 1)
    place[problem.order] = np.arange(len(problem.order)) / len(problem.order)
    return place[first]
