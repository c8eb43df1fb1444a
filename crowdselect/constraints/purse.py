"""Whether a row still fits the budget: with the rest to be filled by the cheapest rows there are, or by itself."""

import numpy as np


class Purse:
    """Keeps back what the cheapest completion costs; what is left over (the slack) pays for dearer rows.

    A row of the completion costs no slack. Any other takes the place of the dearest of its class, and costs the
    difference. The slack never grows and a class's dearest never gets dearer: a row that does not fit never will.
    """

    def __init__(self, costs: np.ndarray, limit: float, classes: np.ndarray, wanted: np.ndarray) -> None:
        """`costs` (n,), NaN for rows that may not be taken; `classes` (n,) int; `wanted` (c,) rows of each class."""
        self.costs = costs
        self._class = classes
        self._kept = np.zeros(len(costs), dtype=bool)
        self._stacks: list[list[int]] = []
        self.slack = float(limit)
        order = np.lexsort((np.arange(len(costs)), costs))  # cheapest first, NaN last
        order = order[: np.count_nonzero(~np.isnan(costs))]
        for nth, many in enumerate(wanted.tolist()):
            stack = order[classes[order] == nth][:many]
            self._kept[stack] = True
            self._stacks.append(stack.tolist())
            self.slack -= float(costs[stack].sum())
        self.dearest: list[float] = [self._top(nth) for nth in range(len(wanted))]

    def _top(self, nth: int) -> float:
        stack = self._stacks[nth]
        while stack and not self._kept[stack[-1]]:
            stack.pop()
        return float(self.costs[stack[-1]]) if stack else -np.inf

    def fits(self, row: int) -> bool:
        return bool(self._kept[row] or self.costs[row] - self.dearest[self._class[row]] <= self.slack)

    def could_fit(self, rows: np.ndarray) -> np.ndarray:
        """(k,) bool: the same for many."""
        dearest = np.array(self.dearest)[self._class[rows]]
        return self._kept[rows] | (self.costs[rows] - dearest <= self.slack)

    def take(self, row: int) -> None:
        nth = self._class[row]
        if self._kept[row]:
            self._kept[row] = False
        else:
            self.slack -= float(self.costs[row]) - self.dearest[nth]
            self._kept[self._stacks[nth].pop()] = False
        self.dearest[nth] = self._top(nth)


class Spending:
    """Keeps nothing back: a row fits where what is left pays for it."""

    def __init__(self, costs: np.ndarray, limit: float) -> None:
        self.costs = costs
        self.slack = float(limit)

    def fits(self, row: int) -> bool:
        return bool(self.costs[row] <= self.slack)

    def could_fit(self, rows: np.ndarray) -> np.ndarray:
        """(k,) bool: the same for many."""
        found: np.ndarray = self.costs[rows] <= self.slack
        return found

    def take(self, row: int) -> None:
        self.slack -= float(self.costs[row])
