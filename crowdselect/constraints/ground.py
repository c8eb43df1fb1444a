"""What the constraints of a recipe come to over its candidates: who may be taken, in which order, at what cost."""

from functools import cached_property
from typing import Any

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.duplicates import duplicate_groups
from crowdselect.constraints.groups import Fields, Groups, Quota, binding, groups, quota_groups
from crowdselect.constraints.spec import Budget, Constraints, Distance
from crowdselect.constraints.walk import Problem
from crowdselect.errors import UserError
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.embedded import vectors_of
from crowdselect.strategies.row_lengths import lengths

LEFT_OUT = "it lacks a score or a response that the recipe asks for, or a filter leaves it out"


class Ground:
    """One strategy over some candidates; what it needs is computed once, whatever the numbers of the constraints."""

    def __init__(self, candidates: Candidates, spec: SelectSpec, choice: Choice, exact: Groups | None = None) -> None:
        """`choice`: the strategy's own, for the order; `exact`: groups whose numbers a strategy fixes itself."""
        self.candidates, self.spec, self.choice, self.exact = candidates, spec, choice, exact
        self.fields = Fields(candidates)
        self._kept: dict[Any, Any] = {}

    def _once(self, key: Any, make: Any) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    @cached_property
    def order(self) -> np.ndarray:
        """Every candidate with a priority, best first, equal ones by uuid."""
        priority = self.choice.priority
        return np.argsort(-priority, kind="stable")[: np.count_nonzero(~np.isnan(priority))]

    def positions(self, uuids: tuple[str, ...]) -> np.ndarray:
        """The candidates among these rows, ascending."""
        row_of, rows = self.candidates.pool.row_of, self.candidates.rows
        wanted = np.array(sorted(row_of[uuid] for uuid in uuids if uuid in row_of), dtype=np.int64)
        places = np.searchsorted(rows, wanted)
        there = places < len(rows)
        there[there] = rows[places[there]] == wanted[there]
        found: np.ndarray = places[there]
        return found

    def pinned(self, uuids: tuple[str, ...]) -> np.ndarray:
        """The same; UserError where one of them cannot be selected."""
        found = self.positions(uuids)
        if len(found) < len(uuids):
            known = set(self.candidates.pool.uuids[self.candidates.rows[found]])
            lost = next(uuid for uuid in uuids if uuid not in known)
            row = self.candidates.pool.row_of.get(lost)
            why = "is not in this workspace" if row is None else f"cannot be selected: {LEFT_OUT}"
            raise UserError(f"The pinned row {lost!r} {why}; take it out of constraints.pinned.")
        return found

    def costs(self, budget: Budget) -> np.ndarray:
        return self._once(("costs", budget.unit, budget.of), lambda: lengths(self.candidates, budget.unit, budget.of))

    def vectors(self, name: str | None) -> np.ndarray:
        """(pool rows, dim); NaN where a row has none."""
        return self._once(("vectors", name), lambda: vectors_of(self.candidates, name or ""))

    def shares(self, constraints: Constraints) -> list[Groups]:
        """What each field's values may make up, whatever the size."""
        return self._once(("groups", constraints.shares), lambda: groups(constraints.shares, self.fields))

    def problem(self, constraints: Constraints, size: int) -> Problem:
        """What a walk to `size` rows goes by."""
        pinned = self.pinned(constraints.pinned)
        may = np.ones(len(self.candidates), dtype=bool)
        may[pinned] = False
        may[self.positions(constraints.banned)] = False
        bounded = [*binding(self.shares(constraints), size), *([self.exact] if self.exact else [])]
        costs = None
        if constraints.budget is not None:
            costs = self.costs(constraints.budget)
            may &= ~np.isnan(costs)
            if np.isnan(costs[pinned]).any():
                raise UserError("A pinned row has no length in the budget's unit; take it out, or count words.")
        distances = []
        for each in [constraints.distance, *self._own_distance()]:
            if each is not None:
                vectors = self.vectors(each.embeddings)
                may &= ~np.isnan(vectors[self.candidates.rows, 0])
                distances.append((vectors, self.candidates.rows, each.min))
        order = self.order[may[self.order]]
        if constraints.duplicates is not None:
            group = duplicate_groups(self.candidates, constraints.duplicates)
            self._refuse_pinned_twins(group, pinned)
            order = _first_of_each(group, order, pinned)
        limit = float(constraints.budget.max) if constraints.budget else np.inf
        return Problem(order, pinned, bounded, costs, limit, distances, self._quota)

    @cached_property
    def _quota(self) -> Quota | None:
        """None where a strategy fixes its groups itself."""
        if self.spec.clusters is None or self.exact is not None:
            return None
        return quota_groups(self.candidates, self.spec.clusters.name, self.spec.clusters.quota)

    def _own_distance(self) -> list[Distance]:
        """What the strategy deita asks for itself: a row falls only to one that the constraints let be taken."""
        if self.spec.strategy != "deita":
            return []
        threshold = float(self.spec.parameters.get("threshold", 0.9))
        if threshold >= 1:
            return []
        return [Distance(min=1 - threshold, embeddings=self.spec.parameters.get("embeddings") or None)]

    def _refuse_pinned_twins(self, group: np.ndarray, pinned: np.ndarray) -> None:
        mine = group[pinned]
        again = [place for place, code in enumerate(mine) if code >= 0 and code in mine[:place]]
        if again:
            uuids = self.candidates.pool.uuids[self.candidates.rows[pinned]]
            first = int(np.flatnonzero(mine == mine[again[0]])[0])
            raise UserError(
                f"The pinned rows {uuids[first]!r} and {uuids[again[0]]!r} are near-duplicates; unpin one of them, or"
                " raise constraints.duplicates.threshold."
            )


def _first_of_each(group: np.ndarray, order: np.ndarray, pinned: np.ndarray) -> np.ndarray:
    """The order without rows whose group has a pinned one or stands earlier in it."""
    codes = group[order]
    keep = codes < 0
    grouped = np.flatnonzero(~keep)
    _, first = np.unique(codes[grouped], return_index=True)
    keep[grouped[first]] = True
    keep &= (codes < 0) | ~np.isin(codes, group[pinned])
    return order[keep]
