"""How many rows of each kind a selection can hold so that every bound is kept at once: a small integer program.

A walk keeps each bound by itself, which is not enough where fields overlap: the rows that one minimum needs may be
those that another maximum keeps out. Rows of the same values in all bounded fields are of one class; the program asks
how many of each class to take, and changes as little as it can of what the walk would have taken.
"""

import numpy as np

from crowdselect.constraints.walk import Classes, Problem

MOST = 20_000  # variables
SEGMENTS = 64  # of the cost of a class's cheapest rows; a class of fewer rows is exact
NODES = 2_000  # a limit in seconds would make the answer depend on the machine


def possible_counts(problem: Problem, size: int, wished: np.ndarray) -> Classes | None:
    """Classes and their numbers without the pinned rows, near to those of the rows `wished` (w,).

    None where there are no such numbers, or none was found within the limit of nodes. Distances are not looked at. A
    budget is met by the mean cost of up to 64 stretches of each class's rows, cheapest first: exact for classes of so
    few rows, and never too low.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # a fifth of a second that few recipes need
    from scipy.sparse import coo_array

    of, first = _classes(problem)
    free = size - len(problem.pinned)
    if free < 0 or not len(first):
        return None
    classes = len(first)
    there = np.bincount(of[problem.order], minlength=classes)
    near_to = np.bincount(of[np.setdiff1d(wished, problem.pinned)], minlength=classes)
    widths, costs, owners = _segments(problem, of, classes, np.minimum(there, free))
    parts = len(widths)
    if parts + classes > MOST:
        return None

    rows: list[tuple[np.ndarray, np.ndarray, float, float]] = []  # columns, coefficients, low, high
    columns = np.arange(parts)
    rows.append((columns, np.ones(parts), free, free))
    for each in problem.groups:
        fewest, most = each.bounds(size)
        pinned = np.bincount(each.codes[problem.pinned] + 1, minlength=len(most) + 1)[1:]
        code = each.codes[first][owners]
        for group in range(len(most)):
            mine = columns[code == group]
            rows.append((mine, np.ones(len(mine)), fewest[group] - pinned[group], most[group] - pinned[group]))
    if problem.costs is not None:
        rows.append((columns, costs, -np.inf, problem.limit - float(problem.costs[problem.pinned].sum())))
    for nth in range(classes):  # |taken - wished| <= change
        mine = columns[owners == nth]
        both = np.append(mine, parts + nth)
        ones = np.ones(len(mine))
        rows.append((both, np.append(ones, -1.0), -np.inf, near_to[nth]))
        rows.append((both, np.append(ones, 1.0), near_to[nth], np.inf))
    total = parts + classes
    matrix = coo_array(
        (
            np.concatenate([coefficients for _, coefficients, _, _ in rows]),
            (
                np.repeat(np.arange(len(rows)), [len(mine) for mine, *_ in rows]),
                np.concatenate([mine for mine, *_ in rows]),
            ),
        ),
        shape=(len(rows), total),
    ).tocsr()
    found = milp(
        np.append(_later(problem, first)[owners] / (2 * free + 2), np.ones(classes)),
        constraints=LinearConstraint(matrix, [low for *_, low, _ in rows], [high for *_, high in rows]),
        integrality=np.append(np.ones(parts), np.zeros(classes)),
        bounds=Bounds(0, np.append(widths, np.full(classes, np.inf))),
        options={"node_limit": NODES},
    )
    if found.x is None:
        return None
    taken = np.bincount(owners, weights=np.round(found.x[:parts]), minlength=classes)
    return Classes(of, taken.astype(np.int64))


def _later(problem: Problem, first: np.ndarray) -> np.ndarray:
    """(c,) from 0 to 1: where in the order a class begins, so that of equal changes the one to better rows is made."""
    place = np.empty(int(problem.order.max(initial=-1)) + 1)
    place[problem.order] = np.arange(len(problem.order)) / len(problem.order)
    return place[first]


def _classes(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """(n,) the class of each row, numbered by the values, and (c,) one row of each class that may be taken."""
    rows = problem.order
    key = np.zeros(len(rows), dtype=np.int64)
    for each in problem.groups:
        key = key * (len(each.names) + 1) + each.codes[rows] + 1
        _, key = np.unique(key, return_inverse=True)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    n = 1 + max((int(part.max(initial=-1)) for part in (rows, problem.pinned)), default=0)
    of = np.zeros(n if problem.costs is None else len(problem.costs), dtype=np.int64)
    of[rows] = inverse
    return of, rows[first]


def _segments(
    problem: Problem, of: np.ndarray, classes: int, there: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the cheapest rows of each class, `there` (c,) of them: (s,) how many rows, (s,) cost a row, (s,) class."""
    if problem.costs is None:
        return there, np.zeros(classes), np.arange(classes)
    widths, costs, owners = [], [], []
    rows = problem.order[np.lexsort((problem.order, problem.costs[problem.order]))]
    for nth in range(classes):
        mine = problem.costs[rows[of[rows] == nth][: there[nth]]]
        for part in np.array_split(mine, min(SEGMENTS, len(mine))) if len(mine) else []:
            widths.append(len(part))
            costs.append(float(part.mean()))
            owners.append(nth)
    return np.array(widths), np.array(costs), np.array(owners, dtype=np.int64)
