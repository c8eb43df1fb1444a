"""Which constraint keeps a selection short, and by how much: found by taking away, never guessed."""

from collections.abc import Callable, Sequence

import numpy as np

from crowdselect.constraints.ground import Ground
from crowdselect.constraints.sentences import Atom, atoms
from crowdselect.constraints.solve import solve
from crowdselect.constraints.spec import Constraints

Met = Callable[[Constraints], bool]


def binding(ground: Ground, constraints: Constraints, met: Met, size: int, possible: int, lower: int) -> str:
    """A sentence for a size that cannot be met, where `possible` rows can be; `lower` is a size that can be.

    Names a smallest set of constraints that conflict (without any one of them the others of the set leave enough), and
    for each the nearest number at which the size is met with all others kept, where there is one. `met` says whether
    some constraints leave `size` rows.
    """
    if not met(Constraints()):
        return ""  # not the constraints' doing: too few rows are eligible at all
    conflicts = _conflicts(constraints, met)
    alone = len(conflicts) == 1
    remedies = []
    if alone:
        each = [(atom, "it" if len(conflicts[0]) == 1 else atom.called) for atom in conflicts[0]]
        remedies = [said for atom, it in each if (said := _remedy(atom, it, ground, constraints, size, met))]
    if not alone:
        remedies.append("loosen each of them")
    if lower:
        remedies.append(f"lower the size to {lower:,}")
    named = ", and apart from that ".join(_listed([atom.name for atom in conflict]) for conflict in conflicts)
    many = not alone or len(conflicts[0]) > 1 or conflicts[0][0].name.endswith(" rows")
    verb = "leave" if many else "leaves"
    advice = " or ".join(remedies) if remedies else conflicts[0][0].remove
    return f"{named[0].upper()}{named[1:]} {verb} {possible:,} of {size:,} rows; {advice}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} together"


def _conflicts(constraints: Constraints, met: Met) -> list[list[Atom]]:
    """Sets of parts in conflict, one after the other: each is there without those before it."""
    found: list[list[Atom]] = []
    left, now = atoms(constraints), constraints
    while left and not met(now):
        found.append(_conflict(left, now, met))
        for atom in found[-1]:
            now = atom.without(now)
        left = [atom for atom in left if atom not in found[-1]]
    return found


def _conflict(parts: Sequence[Atom], constraints: Constraints, met: Met) -> list[Atom]:
    """A set of parts that cannot all be met, none of which can be left out of it."""
    kept, now = [], constraints
    for atom in parts:
        without = atom.without(now)
        if met(without):
            kept.append(atom)
        else:
            now = without
    return kept or list(parts)


def _remedy(atom: Atom, it: str, ground: Ground, constraints: Constraints, size: int, met: Met) -> str:
    """How to loosen this part (`it`) alone, with the nearest number that is enough; empty where that is not enough."""
    if not met(atom.without(constraints)):
        return ""
    values: Sequence[float] = atom.values(size)
    if atom.name.startswith("the budget"):
        values = _budgets(ground, constraints, size)
    if not values or not met(atom.with_value(constraints, values[-1])):
        return atom.remove
    low, high = -1, len(values) - 1  # the number at `high` is enough
    while high - low > 1:
        middle = (low + high) // 2
        if met(atom.with_value(constraints, values[middle])):
            high = middle
        else:
            low = middle
    return atom.loosen(values[high], it)


def _budgets(ground: Ground, constraints: Constraints, size: int) -> range:
    """From the budget to what the selection without one costs."""
    budget = constraints.budget
    if budget is None:
        return range(0)
    free = solve(ground.problem(constraints.model_copy(update={"budget": None}), size), size)
    spent = np.nansum(ground.costs(budget)[free.rows])  # a row whose cost is not known is in no selection with one
    return range(budget.max + 1, max(int(-(-spent // 1)), budget.max + 1) + 1)
