"""Takes rows in the strategy's order, each one that leaves the rest possible: the greedy part of the constraints."""

from dataclasses import dataclass, field

import numpy as np

from crowdselect.constraints.apart import Apart
from crowdselect.constraints.groups import Groups
from crowdselect.constraints.purse import Purse, Spending

AT_ONCE, COMPARED = 2048, 128  # rows looked at together; and where distances are compared


@dataclass(frozen=True)
class Problem:
    """What a walk goes by. Rows are candidates' positions; `order` (k,) lists those that may be taken, best first."""

    order: np.ndarray
    pinned: np.ndarray  # (p,) taken before all others
    groups: list[Groups] = field(default_factory=list)
    costs: np.ndarray | None = None  # (n,) float64
    limit: float = np.inf
    distances: list[tuple[np.ndarray, np.ndarray, float]] = field(default_factory=list)  # vectors, pool rows, least
    quota: Groups | None = None  # its most rows of each cluster give way where too few rows come together so


@dataclass(frozen=True)
class Classes:
    """How many rows of each class have to be taken: a way to meet all bounds of groups at once."""

    of: np.ndarray  # (n,) int
    wanted: np.ndarray  # (c,) without the pinned rows


@dataclass(frozen=True)
class Taken:
    """`rows` in the order of taking; `met`: as many as were asked for, with every bound kept."""

    rows: np.ndarray
    met: bool


def walk(problem: Problem, size: int, classes: Classes | None = None, saving: bool = True) -> Taken:
    """Pinned rows, then the best ones that leave room for every minimum and, if it is `saving`, for the rest's cost.

    Clusters with a quota give at most that; where too few rows come together so, any may follow.
    """
    steps = _Steps(problem, size, classes, saving)
    if not steps.pin():
        return Taken(problem.order[:0], False)
    steps.go(quotas=problem.quota is not None)
    if steps.slots and problem.quota is not None:
        steps.go(quotas=False)
    return Taken(np.array(steps.taken, dtype=np.int64), steps.slots == 0 and not any(steps.needed))


class _Steps:
    def __init__(self, problem: Problem, size: int, classes: Classes | None, saving: bool) -> None:
        self.problem = problem
        self.slots = size
        self.taken: list[int] = []
        self.left = problem.order
        bounds = [each.bounds(size) for each in problem.groups]
        self.codes = [each.codes for each in problem.groups]
        self.fewest = [fewest.tolist() for fewest, _ in bounds]
        self.most = [most.tolist() for _, most in bounds]
        self.have = [[0] * len(most) for _, most in bounds]
        self.needed = [int(sum(fewest)) for fewest in self.fewest]
        self.with_needs = [nth for nth, needed in enumerate(self.needed) if needed]
        self.quota = problem.quota.bounds(size)[1].tolist() if problem.quota else []
        self.classes = classes
        self.wanted = classes.wanted.tolist() if classes else []
        self.apart = [Apart(*each) for each in problem.distances]
        self.saving = saving
        self.purse: Purse | Spending | None = None

    def pin(self) -> bool:
        """Takes the pinned rows. False where they break a bound themselves, or leave less than the rest needs."""
        problem, ok = self.problem, len(self.problem.pinned) <= self.slots
        for each in self.apart:
            _, mutual, units = each.look(problem.pinned)
            ok &= not (mutual & ~np.eye(len(units), dtype=bool)).any()
            for unit in units:
                each.take(unit)
        for row in problem.pinned.tolist():
            self._count(row, [int(codes[row]) for codes in self.codes])
            if problem.quota is not None:
                self.quota[problem.quota.codes[row]] -= 1
        ok &= all(have <= most for haves, mosts in zip(self.have, self.most, strict=True)
                  for have, most in zip(haves, mosts, strict=True))  # fmt: skip
        ok &= all(needed <= self.slots for needed in self.needed)
        if problem.costs is not None:
            spent = float(problem.costs[problem.pinned].sum())
            costs = np.full(len(problem.costs), np.nan)
            costs[problem.order] = problem.costs[problem.order]
            one = Classes(np.zeros(len(costs), dtype=np.int64), np.array([max(self.slots, 0)]))
            of = self.classes or one
            left = problem.limit - spent
            self.purse = Purse(costs, left, of.of, of.wanted) if self.saving else Spending(costs, left)
            ok &= self.purse.slack >= 0
        return bool(ok)

    def go(self, quotas: bool) -> None:
        """Walks what is left, block by block, until all slots are taken."""
        at_once = COMPARED if self.apart else AT_ONCE
        passed = []
        first = 0
        while first < len(self.left) and self.slots:
            block = self.left[first : first + at_once]
            first += len(block)
            keep = self._possible(block)
            block = block[keep]
            now = block
            if quotas and self.problem.quota is not None:
                open_ = np.array(self.quota)[self.problem.quota.codes[block]] > 0
                now = block[open_]
                passed.append(block[~open_])
            passed.append(self._block(now, quotas))
        self.left = np.concatenate(passed) if passed else self.left[:0]
        if quotas:  # what was passed over may have left the order
            rank = np.empty(int(self.problem.order.max(initial=-1)) + 1, dtype=np.int64)
            rank[self.problem.order] = np.arange(len(self.problem.order))
            self.left = self.left[np.argsort(rank[self.left], kind="stable")]

    def _possible(self, block: np.ndarray) -> np.ndarray:
        """(k,) bool: not ruled out for good by what is taken already."""
        keep = np.ones(len(block), dtype=bool)
        for nth, codes in enumerate(self.codes):
            full = np.array(self.have[nth]) >= np.array(self.most[nth])
            keep &= ~np.append(full, False)[codes[block]]
        for nth in self.with_needs:
            if self.needed[nth] >= self.slots:
                short = np.array(self.have[nth]) < np.array(self.fewest[nth])
                keep &= np.append(short, False)[self.codes[nth][block]]
        if self.classes is not None:
            keep &= np.array(self.wanted)[self.classes.of[block]] > 0
        if self.purse is not None:
            keep &= self.purse.could_fit(block)
        return keep

    def _block(self, block: np.ndarray, quotas: bool) -> np.ndarray:
        """Takes what it can of some rows; returns those that only a cluster's quota keeps out."""
        looks = [each.look(block) for each in self.apart]
        codes = [codes[block].tolist() for codes in self.codes]
        cluster = self.problem.quota.codes[block].tolist() if quotas and self.problem.quota else None
        of = self.classes.of[block].tolist() if self.classes else None
        passed = []
        for place, row in enumerate(block.tolist()):
            if not self.slots:
                break
            mine = [each[place] for each in codes]
            if any(code >= 0 and self.have[nth][code] >= self.most[nth][code] for nth, code in enumerate(mine)):
                continue
            if self.with_needs and not self._leaves_room(mine):
                continue
            if of is not None and not self.wanted[of[place]]:
                continue
            if any(near[place] for near, _, _ in looks):
                continue
            if self.purse is not None and not self.purse.fits(row):
                continue
            if cluster is not None:
                if self.quota[cluster[place]] <= 0:
                    passed.append(row)
                    continue
                self.quota[cluster[place]] -= 1
            self._count(row, mine)
            if of is not None:
                self.wanted[of[place]] -= 1
            if self.purse is not None:
                self.purse.take(row)
            for each, (near, mutual, units) in zip(self.apart, looks, strict=True):
                near |= mutual[place]
                each.take(units[place])
        return np.array(passed, dtype=np.int64)

    def _leaves_room(self, mine: list[int]) -> bool:
        """Whether the slots that are left after this row are enough for what each field still needs."""
        for nth in self.with_needs:
            code = mine[nth]
            helps = code >= 0 and self.have[nth][code] < self.fewest[nth][code]
            if self.needed[nth] - helps > self.slots - 1:
                return False
        return True

    def _count(self, row: int, mine: list[int]) -> None:
        self.taken.append(row)
        self.slots -= 1
        for nth, code in enumerate(mine):
            if code >= 0:
                self.needed[nth] -= self.have[nth][code] < self.fewest[nth][code]
                self.have[nth][code] += 1
