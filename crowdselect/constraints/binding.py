"""Which constraint keeps a selection short, and by how much: found by taking away, never guessed."""

from collections.abc import Callable, Sequence

from crowdselect.constraints.ground import Ground
from crowdselect.constraints.sentences import Atom, atoms
from crowdselect.constraints.solve import solve
from crowdselect.constraints.spec import Constraints
from crowdselect.errors import UserError


def binding(ground: Ground, constraints: Constraints, size: int, possible: int) -> str:
    """A sentence for a size that cannot be met, where `possible` rows can be.

    Names a smallest set of constraints that conflict (without any one of them the others of the set leave enough), and
    for each the nearest number at which the size is met with all others kept, where there is one.
    """

    def met(tried: Constraints) -> bool:
        try:
            return solve(ground.problem(tried, size), size).met
        except UserError:  # such as two pinned rows that the tried constraints exclude
            return False

    pins = len(constraints.pinned)
    if pins > size:
        return f"{pins:,} rows are pinned; raise the size to {pins:,}, or unpin {pins - size:,}."
    if not met(Constraints()):
        return ""  # not the constraints' doing: too few rows are eligible at all
    conflict = _conflict(atoms(constraints), constraints, met)
    names = [atom.name for atom in conflict]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    remedies = [remedy for atom in conflict if (remedy := _remedy(atom, ground, constraints, size, met))]
    if possible:
        remedies.append(f"lower the size to {possible:,}")
    together = " together" if len(names) > 1 else ""
    verb = "leave" if together or names[0].endswith(" rows") else "leaves"
    named = len(names) > 1
    advice = " or ".join(remedies) if remedies else "loosen one of them" if named else conflict[0].remove
    return f"{said[0].upper()}{said[1:]}{together} {verb} {possible:,} of {size:,} rows; {advice}."


def _conflict(parts: Sequence[Atom], constraints: Constraints, met: Callable[[Constraints], bool]) -> list[Atom]:
    """A set of parts that cannot all be met, none of which can be left out of it."""
    kept, now = [], constraints
    for atom in parts:
        without = atom.without(now)
        if met(without):
            kept.append(atom)
        else:
            now = without
    return kept or list(parts)


def _remedy(atom: Atom, ground: Ground, constraints: Constraints, size: int, met: Callable[[Constraints], bool]) -> str:
    """How to loosen this part alone, with the nearest number that is enough; empty where that is not enough."""
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
    return atom.loosen(values[high])


def _budgets(ground: Ground, constraints: Constraints, size: int) -> range:
    """From the budget to what the selection without one costs."""
    budget = constraints.budget
    if budget is None:
        return range(0)
    free = solve(ground.problem(constraints.model_copy(update={"budget": None}), size), size)
    spent = ground.costs(budget)[free.rows].sum()
    return range(budget.max + 1, max(int(-(-spent // 1)), budget.max + 1) + 1)
