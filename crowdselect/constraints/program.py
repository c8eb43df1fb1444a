"""A small integer program over counts: how many rows of each class to take, and what the sums over them may be.

Rows of the same values in all bounded fields are of one class. The rows of a class go cheapest first, in stretches of
equal cost, so that the cost of any number of them is known.
"""

from dataclasses import dataclass, field

import numpy as np

from crowdselect.constraints.walk import Problem

MOST = 20_000  # variables
SEGMENTS = 64  # stretches a class, where those of equal cost are too many
NODES = 2_000  # a limit in seconds would make the answer depend on the machine


@dataclass(frozen=True)
class Parts:
    """What the program counts: part s is up to widths[s] rows of one class, each of costs[s]."""

    of: np.ndarray  # (n,) the class of each candidate
    first: np.ndarray  # (c,) one row of each class that may be taken
    widths: np.ndarray  # (s,) int
    costs: np.ndarray  # (s,) float64; never below what the cheapest rows of the class cost together
    owners: np.ndarray  # (s,) class

    def __len__(self) -> int:
        return len(self.widths)


def parts_of(problem: Problem, free: int) -> Parts:
    """The parts of a selection with at most `free` rows that are not pinned."""
    of, first = _classes(problem)
    there = np.minimum(np.bincount(of[problem.order], minlength=len(first)), free)
    if problem.costs is None:
        return Parts(of, first, there, np.zeros(len(first)), np.arange(len(first)))
    rows = problem.order[np.lexsort((problem.costs[problem.order], of[problem.order]))]
    starts = np.searchsorted(of[rows], np.arange(len(first)))
    rows = rows[np.arange(len(rows)) - starts[of[rows]] < there[of[rows]]]  # the cheapest of each class
    owners, costs = of[rows], problem.costs[rows]
    fresh = np.append(True, (np.diff(owners) > 0) | (np.diff(costs) > 0))[: len(rows)]
    if np.count_nonzero(fresh) + len(first) > MOST:
        nth = np.arange(len(rows)) - np.searchsorted(owners, np.arange(len(first)))[owners]
        length = -(-there // SEGMENTS)
        fresh = nth % np.maximum(length, 1)[owners] == 0
    begin = np.flatnonzero(fresh)
    widths = np.diff(np.append(begin, len(rows)))
    means = np.add.reduceat(costs, begin) / widths if len(begin) else np.empty(0)
    return Parts(of, first, widths, means, owners[begin])


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
    """Linear bounds, added one by one, and then the integers of the lowest cost that keep them."""

    variables: int
    _columns: list[np.ndarray] = field(default_factory=list)
    _values: list[np.ndarray] = field(default_factory=list)
    _low: list[float] = field(default_factory=list)
    _high: list[float] = field(default_factory=list)

    def bound(self, columns: np.ndarray, coefficients: np.ndarray | float, low: float, high: float) -> None:
        """low <= the sum of coefficients x variables `columns` <= high."""
        self._columns.append(columns)
        self._values.append(np.broadcast_to(coefficients, columns.shape))
        self._low.append(low)
        self._high.append(high)

    def lowest(self, costs: np.ndarray, most: np.ndarray, integral: np.ndarray, gap: float = 1e-4) -> np.ndarray | None:
        """Variables from 0 to `most` whose `costs` add up to the least, to within `gap` of the sum; None where there
        are none, or none was found within the limit of nodes."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # a fifth of a second that few recipes need
        from scipy.sparse import coo_array

        of_row = np.repeat(np.arange(len(self._columns)), [len(columns) for columns in self._columns])
        entries = (np.concatenate(self._values), (of_row, np.concatenate(self._columns)))
        matrix = coo_array(entries, shape=(len(self._columns), self.variables)).tocsr()
        found = milp(
            costs,
            constraints=LinearConstraint(matrix, self._low, self._high),
            integrality=integral,
            bounds=Bounds(0, most),
            options={"node_limit": NODES, "mip_rel_gap": gap},
        )
        return None if found.x is None else np.where(integral > 0, np.round(found.x), found.x)
