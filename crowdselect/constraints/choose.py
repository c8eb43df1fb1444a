"""What a recipe's strategy takes from the candidates where the recipe has constraints."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.binding import binding
from crowdselect.constraints.ground import Ground
from crowdselect.constraints.largest import fitting, largest
from crowdselect.constraints.solve import solve
from crowdselect.constraints.spec import Constraints
from crowdselect.constraints.walk import Taken
from crowdselect.errors import UserError
from crowdselect.pick import ordered
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.matched_random import controlled_spec, drawn_like, settings

Run = Callable[[Candidates, SelectSpec], Choice]
Take = Callable[[Ground, Constraints, int], Taken]

ONE_BY_ONE = ("mmr", "k_center", "facility_location")  # each row depends on those taken before
AHEAD = 2  # how many times as many rows such a strategy is asked for, so that others can follow those left out


def choose_under(candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run) -> Choice:
    """At most the spec's size, fewer where the constraints allow no more; `run` is the strategy without constraints.

    The shares of each size of a series (`within`) are those of that size.
    """
    by = fitting if constraints.may_be_short else largest
    first, *smaller = sorted({spec.size, *(spec.within or ())}, reverse=True)
    ground, taken = _Grounds(candidates, spec, run).take(constraints, first, by)
    choice = _choice(ground, taken)
    for size in smaller:
        inside = np.full(len(candidates), np.nan)
        inside[choice.positions] = -np.arange(len(choice.positions), dtype=np.float64)
        nested = Ground(candidates, _alone(spec, size), Choice(choice.positions, inside, choice.score))
        within = _choice(nested, by(nested, constraints, size)).positions
        choice = Choice(within, choice.priority, choice.score)
    return choice


def why_short(candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run, possible: int) -> str:
    """Which constraint keeps a selection at `possible` rows, and by how much; empty where it is none of them.

    Advice is tried before it is given: what is chosen for a smaller size may come in another order.
    """

    def chosen(size: int, within: tuple[int, ...] | None = None) -> int:
        smaller = spec.model_copy(update={"size": size, "within": within})
        return len(choose_under(candidates, smaller, constraints, run).positions)

    pins = len(constraints.pinned)
    if pins > spec.size:
        enough = f"raise the size to {pins:,}, or " if chosen(pins) == pins else ""
        return f"{pins:,} rows are pinned; {enough}unpin {pins - spec.size:,}."
    lower = possible
    while lower and (reached := chosen(lower, spec.within)) < lower:
        lower = reached
    if spec.within:
        return _within(spec, possible, lower, chosen(spec.size) == spec.size)
    grounds = _Grounds(candidates, spec, run)

    def met(tried: Constraints) -> bool:
        try:
            return grounds.take(tried, spec.size, _solved)[1].met
        except UserError:  # such as two pinned rows that the tried constraints exclude
            return False

    return binding(grounds.of(Constraints(), spec.size), constraints, met, spec.size, possible, lower)


def _within(spec: SelectSpec, possible: int, lower: int, alone: bool) -> str:
    larger = min(spec.within or (0,))
    advice = [f"lower the size to {lower:,}"] * bool(lower) + ["choose it alone (without select.within)"] * alone
    return (
        f"Of the rows of the selection of {larger:,} that it has to lie within, {possible:,} of {spec.size:,} keep to"
        f" the constraints{'; ' * bool(advice)}{', or '.join(advice)}."
    )


def _alone(spec: SelectSpec, size: int) -> SelectSpec:
    return spec.model_copy(update={"size": size, "within": None})


def _solved(ground: Ground, constraints: Constraints, size: int) -> Taken:
    """Without the quota, which gives way to the size."""
    return solve(replace(ground.problem(constraints, size), quota=None), size)


def _choice(ground: Ground, taken: Taken) -> Choice:
    choice = ground.choice
    return Choice(ordered(choice.priority, np.sort(taken.rows)), choice.priority, choice.score)


class _Grounds:
    """The strategy's orders, each made once: most do not depend on the constraints' numbers."""

    def __init__(self, candidates: Candidates, spec: SelectSpec, run: Run) -> None:
        self.candidates, self.spec, self.run = candidates, spec, run
        self._made: dict[tuple[Constraints | None, int, int], Ground] = {}

    def take(self, constraints: Constraints, size: int, by: Take) -> tuple[Ground, Taken]:
        """What `by` takes, and of which order."""
        ground = self.of(constraints, size)
        taken, asked = by(ground, constraints, size), ground.choice.positions
        if self.spec.strategy in ONE_BY_ONE and not np.array_equal(np.sort(taken.rows), np.sort(asked)):
            ground = self.of(constraints, size, AHEAD * size)
            taken = by(ground, constraints, size)
        return ground, taken

    def of(self, constraints: Constraints, size: int, ahead: int = 0) -> Ground:
        """The order for this size; `ahead` rows are asked for, where it is not 0."""
        key = (constraints if self.spec.strategy == "matched_random" else None, size, ahead)
        if key not in self._made:
            self._made[key] = self._make(constraints, size, ahead)
        return self._made[key]

    def _make(self, constraints: Constraints, size: int, ahead: int) -> Ground:
        """deita goes by its score alone: its similarities are looked at as rows are taken."""
        candidates, alone = self.candidates, _alone(self.spec, size)
        if alone.strategy == "deita":
            values = candidates.tied(str(alone.parameters.get("score", "reward")))
            return Ground(candidates, alone, Choice(np.empty(0, dtype=np.int64), values, values))
        if alone.strategy == "matched_random":
            like, unit = settings(alone)
            controlled = choose_under(candidates, controlled_spec(alone, like), constraints, self.run)
            choice, strata = drawn_like(candidates, alone, controlled, unit)
            return Ground(candidates, alone, choice, strata)
        return Ground(candidates, alone, self.run(candidates, _alone(self.spec, ahead or size)))
