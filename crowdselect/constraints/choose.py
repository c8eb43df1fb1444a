"""What a recipe's strategy takes from the candidates where the recipe has constraints."""

from collections.abc import Callable

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.binding import binding
from crowdselect.constraints.ground import Ground
from crowdselect.constraints.solve import constrained
from crowdselect.constraints.spec import Constraints
from crowdselect.normalize import DECIMALS
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.matched_random import controlled_spec, drawn_like, settings

Run = Callable[[Candidates, SelectSpec], Choice]

ONE_BY_ONE = ("mmr", "k_center", "facility_location")  # each row depends on those taken before
AHEAD = 2  # how many times as many rows such a strategy is asked for, so that others can follow those left out


def choose_under(candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run) -> Choice:
    """At most the spec's size, fewer where the constraints allow no more; `run` is the strategy without constraints.

    The shares of each size of a series (`within`) are those of that size.
    """
    largest, *smaller = sorted({spec.size, *(spec.within or ())}, reverse=True)
    choice = _sized(candidates, spec, constraints, run, largest)
    for size in smaller:
        inside = np.full(len(candidates), np.nan)
        inside[choice.positions] = -np.arange(len(choice.positions), dtype=np.float64)
        nested = Ground(candidates, _alone(spec, size), Choice(choice.positions, inside, choice.score))
        taken = constrained(nested, constraints).positions
        choice = Choice(taken, choice.priority, choice.score)
    return choice


def why_short(candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run, possible: int) -> str:
    """Which constraint keeps a selection at `possible` rows, and by how much; empty where it is none of them."""
    if spec.within:
        return _within(spec, possible)
    return binding(_ground(candidates, spec, constraints, run, spec.size), constraints, spec.size, possible)


def _within(spec: SelectSpec, possible: int) -> str:
    larger = min(spec.within or (0,))
    lower = f"; lower the size to {possible:,}, or choose it alone (without select.within)" if possible else ""
    return (
        f"Of the {larger:,} rows that it has to lie within, {possible:,} of {spec.size:,} keep to the"
        f" constraints{lower}."
    )


def _alone(spec: SelectSpec, size: int) -> SelectSpec:
    return spec.model_copy(update={"size": size, "within": None})


def _sized(candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run, size: int) -> Choice:
    ground = _ground(candidates, spec, constraints, run, size)
    choice = constrained(ground, constraints)
    asked = ground.choice.positions
    if spec.strategy in ONE_BY_ONE and not np.array_equal(np.sort(choice.positions), np.sort(asked)):
        return constrained(_ground(candidates, spec, constraints, run, size, AHEAD * size), constraints)
    return choice


def _ground(
    candidates: Candidates, spec: SelectSpec, constraints: Constraints, run: Run, size: int, ahead: int = 0
) -> Ground:
    """The strategy's order. deita goes by its score alone: its similarities are looked at as rows are taken."""
    alone = _alone(spec, size)
    if spec.strategy == "deita":
        values = np.round(candidates.metric(str(spec.parameters.get("score", "reward"))), DECIMALS)
        return Ground(candidates, alone, Choice(np.empty(0, dtype=np.int64), values, values))
    if spec.strategy == "matched_random":
        like, unit = settings(alone)
        controlled = choose_under(candidates, controlled_spec(alone, like), constraints, run)
        choice, strata = drawn_like(candidates, alone, controlled, unit)
        return Ground(candidates, alone, choice, strata)
    return Ground(candidates, alone, run(candidates, _alone(spec, ahead or size)))
