"""A small integer program over counts: how many rows of each class to take, and what they may cost together.

Rows of the same values in all bounded fields are of one class. The cheapest k rows of a class cost a convex function of
k, so the program knows it by tangents: a few at first, then those at each answer that costs more than they said.
"""

from dataclasses import dataclass, field

import numpy as np

from crowdselect.constraints.walk import Problem

MOST = 20_000  # classes
NODES = 2_000  # a limit in seconds would make the answer depend on the machine
TANGENTS = 8  # of each class at first
ROUNDS = 100  # of answers and further tangents


@dataclass(frozen=True)
class Table:
    """The classes of a problem, and what their cheapest rows cost."""

    of: np.ndarray  # (n,) the class of each candidate
    first: np.ndarray  # (c,) one row of each class that may be taken
    there: np.ndarray  # (c,) rows that may be taken, and have room
    totals: list[np.ndarray] | None  # of each class (there + 1,): the cost of its cheapest 0, 1, 2, ... rows
    left: float  # of the budget

    def __len__(self) -> int:
        return len(self.first)


def table_of(problem: Problem, free: int) -> Table:
    """The classes of a selection with at most `free` rows that are not pinned."""
    of, first = _classes(problem)
    there = np.minimum(np.bincount(of[problem.order], minlength=len(first)), free)
    if problem.costs is None:
        return Table(of, first, there, None, np.inf)
    rows = problem.order[np.lexsort((problem.costs[problem.order], of[problem.order]))]
    starts = np.searchsorted(of[rows], np.arange(len(first)))
    costs = [problem.costs[rows[start : start + many]] for start, many in zip(starts, there, strict=True)]
    totals = [np.append(0.0, np.cumsum(each)) for each in costs]
    return Table(of, first, there, totals, problem.limit - float(problem.costs[problem.pinned].sum()))


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


@dataclass
class Program:
    """Variables: the count of each class, its cost, then `more` of the caller's. Bounds are added one by one."""

    table: Table
    more: int
    _columns: list[np.ndarray] = field(default_factory=list)
    _values: list[np.ndarray] = field(default_factory=list)
    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)

    @property
    def _unit(self) -> float:
        """Costs are counted in thousandths of the budget: the solver's tolerance is an absolute one."""
        return max(self.table.left, 1.0) / 1000

    def bound(self, columns: np.ndarray, coefficients: np.ndarray | float, low: float, high: float) -> None:
        """low <= the sum of coefficients x variables `columns` <= high."""
        self._columns.append(columns)
        self._values.append(np.broadcast_to(coefficients, columns.shape))
        self._low.append(low)
        self._high.append(high)

    def lowest(self, goal: np.ndarray, goal_more: np.ndarray, most_more: float, gap: float = 1e-4) -> np.ndarray | None:
        """The counts (c,), whole, then the others, from 0 to `most_more`, for which goal (c,) x counts + goal_more x
        the others is the least, to within `gap` of it; None where there are none, or none was found."""
        classes, table = len(self.table), self.table
        goals = np.concatenate([goal, np.zeros(classes), goal_more])
        most = np.concatenate([table.there, np.full(classes, np.inf), np.full(self.more, most_more)])
        if table.totals is None:
            return self._solved(goals, most, gap)
        self.bound(np.arange(classes, 2 * classes), 1.0, -np.inf, table.left / self._unit)
        known: set[tuple[int, int]] = set()
        for nth, many in enumerate(table.there):
            self._touch(known, nth, np.linspace(1, many, TANGENTS).astype(int) if many else [])
        for _ in range(ROUNDS):
            found = self._solved(goals, most, gap)
            if found is None:
                return None
            counts = np.round(found[:classes]).astype(np.int64)
            if sum(totals[count] for totals, count in zip(table.totals, counts, strict=True)) <= table.left:
                return found
            before = len(known)
            for nth, count in enumerate(counts.tolist()):
                self._touch(known, nth, [count, count + 1])
            if len(known) == before:
                return None
        return None

    def _touch(self, known: set[tuple[int, int]], nth: int, counts: np.ndarray | list[int]) -> None:
        """The cost of class `nth` is at least the line through the costs of k - 1 and k of its rows."""
        totals = self.table.totals
        for k in counts if totals is not None else []:
            if totals is None or not 0 < k < len(totals[nth]) or (nth, int(k)) in known:
                continue
            known.add((nth, int(k)))
            slope = totals[nth][k] - totals[nth][k - 1]
            line = np.array([1.0, -slope / self._unit])
            self.bound(np.array([len(self.table) + nth, nth]), line, (totals[nth][k] - slope * k) / self._unit, np.inf)

    def _solved(self, goals: np.ndarray, most: np.ndarray, gap: float) -> np.ndarray | None:
        from scipy.optimize import Bounds, LinearConstraint, milp  # a fifth of a second that few recipes need
        from scipy.sparse import coo_array

        classes = len(self.table)
        of_row = np.repeat(np.arange(len(self._columns)), [len(columns) for columns in self._columns])
        entries = (np.concatenate(self._values), (of_row, np.concatenate(self._columns)))
        matrix = coo_array(entries, shape=(len(self._columns), len(goals))).tocsr()
        found = milp(
            goals,
            constraints=LinearConstraint(matrix, self._low, self._high),
            integrality=np.append(np.ones(classes), np.zeros(len(goals) - classes)),
            bounds=Bounds(0, most),
            options={"node_limit": NODES, "mip_rel_gap": gap},
        )
        return None if found.x is None else np.append(found.x[:classes].round(), found.x[2 * classes :])
