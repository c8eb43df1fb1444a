"""The parts of constraints that can be loosened one by one, and how each is called."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crowdselect.constraints.spec import Constraints, Share


@dataclass(frozen=True)
class Atom:
    """One part: what it is called, the constraints without it, and with its number set to another one.

    `values(size)` are its loosened numbers, the nearest first; none where it can only be taken away. `loosen` says how
    a person does it, with the number, and with `it`, or what stands for it where several parts are named.
    """

    name: str
    without: Callable[[Constraints], Constraints]
    values: Callable[[int], list[float]] = lambda size: []
    with_value: Callable[[Constraints, float], Constraints] = lambda constraints, value: constraints
    loosen: Callable[[float, str], str] = lambda value, it: ""
    remove: str = ""  # how a person takes it away
    called: str = "it"  # without its number


def atoms(constraints: Constraints) -> list[Atom]:
    """Every part, in the order of the recipe's keys."""
    found = []
    if constraints.pinned:
        found.append(Atom(f"{_rows(len(constraints.pinned), 'pinned')}", _without("pinned", ()), remove="unpin some"))
    if constraints.banned:
        found.append(Atom(f"{_rows(len(constraints.banned), 'banned')}", _without("banned", ()), remove="unban some"))
    if constraints.budget is not None:
        found.append(_budget(constraints))
    for nth, share in enumerate(constraints.shares):
        if share.min is not None and share.min > 0:
            found.append(_share(nth, share, "min"))
        if share.max is not None and share.max < 1:
            found.append(_share(nth, share, "max"))
    if constraints.distance is not None:
        found.append(_distance(constraints))
    if constraints.duplicates is not None:
        found.append(_duplicates(constraints))
    return found


def title(share: Share) -> str:
    """source 'wiki', or each source."""
    by = f"cluster of {share.clustering}" if share.clustering else share.by
    return f"each {by}" if share.value is None else f"{by} {share.value!r}"


def budget_unit(constraints: Constraints) -> str:
    """words, or tokens of the responses."""
    budget = constraints.budget
    if budget is None:
        return ""
    return budget.unit + ("" if budget.of == "pair" else f" of the {budget.of}s")


def _without(field: str, value: Any) -> Callable[[Constraints], Constraints]:
    return lambda constraints: constraints.model_copy(update={field: value})


def _rows(count: int, what: str) -> str:
    return f"the {count:,} {what} rows" if count > 1 else f"the {what} row"


def _budget(constraints: Constraints) -> Atom:
    budget = constraints.budget
    if budget is None:
        raise TypeError("no budget")

    def with_value(some: Constraints, value: float) -> Constraints:
        return some.model_copy(update={"budget": budget.model_copy(update={"max": int(value)})})

    unit = budget_unit(constraints)
    return Atom(
        f"the budget of {budget.max:,} {unit}", _without("budget", None), lambda size: [], with_value,
        lambda value, it: f"raise the budget to {int(value):,} {unit}", "take the budget away",
    )  # fmt: skip


def _share(nth: int, share: Share, side: str) -> Atom:
    now = float(getattr(share, side))

    def with_value(some: Constraints, value: float | None) -> Constraints:
        shares = list(some.shares)
        shares[nth] = shares[nth].model_copy(update={side: value})
        return some.model_copy(update={"shares": tuple(shares)})

    def values(size: int) -> list[float]:
        """The shares at which one row more (or fewer) is allowed, in at most four decimals."""
        if side == "max":
            counts = range(int(now * size + 1e-9) + 1, size + 1)
            return [min(-(-count * 10_000 // size) / 10_000, 1.0) for count in counts]
        counts = range(math.ceil(now * size - 1e-9) - 1, -1, -1)
        return [max(count * 10_000 // size / 10_000, 0.0) for count in counts]

    verb = "raise" if side == "max" else "lower"
    return Atom(
        f"{side} {now:g} of {title(share)}", lambda some: with_value(some, None), values, with_value,
        lambda value, it: f"{verb} {it} to {value:g}", f"take {side} {now:g} of {title(share)} away",
        f"{side} of {title(share)}",
    )  # fmt: skip


def _distance(constraints: Constraints) -> Atom:
    distance = constraints.distance
    if distance is None:
        raise TypeError("no distance")

    def with_value(some: Constraints, value: float) -> Constraints:
        return some.model_copy(update={"distance": distance.model_copy(update={"min": value})})

    unit = 100 if distance.min > 0.05 else 1000
    steps = range(int(distance.min * unit - 1e-9), 0, -1)
    return Atom(
        f"minimum distance {distance.min:g}", _without("distance", None), lambda size: [step / unit for step in steps],
        with_value, lambda value, it: f"lower the distance to {value:g}", "take the distance away",
    )  # fmt: skip


def _duplicates(constraints: Constraints) -> Atom:
    duplicates = constraints.duplicates
    if duplicates is None:
        raise TypeError("no duplicates")
    at = f" at {duplicates.threshold:g}" if duplicates.threshold is not None else ""
    first = int((duplicates.threshold or 0.0) * 100 + 1e-9) + 1 if duplicates.threshold is not None else 101

    def with_value(some: Constraints, value: float) -> Constraints:
        return some.model_copy(update={"duplicates": duplicates.model_copy(update={"threshold": value})})

    return Atom(
        f"removal of near-duplicates by {duplicates.by}{at}", _without("duplicates", None),
        lambda size: [step / 100 for step in range(first, 101)], with_value,
        lambda value, it: f"raise its threshold to {value:g}", "keep near-duplicates",
    )  # fmt: skip
