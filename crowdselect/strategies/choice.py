"""What a strategy returns."""

from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec


@dataclass(frozen=True)
class Choice:
    """The chosen candidates (positions, best first), and the priority of every candidate, NaN where it has none.

    `score` is what the priority was made from, in the strategy's own units (a metric's value, the weighted sum);
    None where the order means nothing.
    """

    positions: np.ndarray  # (k,) int
    priority: np.ndarray  # (n,) float64, higher is taken first
    score: np.ndarray | None  # (n,) float64


def by_value(candidates: Candidates, spec: SelectSpec, values: np.ndarray, direction: Direction) -> Choice:
    """The candidates with the highest or lowest values, spread over the recipe's clusters where it names some."""
    positions, priority = candidates.best(values, spec.size, direction, _spread(spec))
    return Choice(positions, priority, values)


def narrowed(choice: Choice, candidates: Candidates, spec: SelectSpec, size: int) -> Choice:
    """The best `size` of what is chosen already, over the same clusters."""
    inside = np.full(len(candidates), np.nan)
    inside[choice.positions] = choice.priority[choice.positions]
    positions, _ = candidates.best(inside, size, "top", _spread(spec))
    return Choice(positions, choice.priority, choice.score)


def _spread(spec: SelectSpec) -> tuple[str, str] | None:
    return (spec.clusters.name, spec.clusters.quota) if spec.clusters else None
