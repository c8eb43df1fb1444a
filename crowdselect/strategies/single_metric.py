"""Difficulty, separability, stability: the candidates with the most, or the least, of one metric."""

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value


def difficulty(candidates: Candidates, spec: SelectSpec, *, direction: Direction = "top") -> Choice:
    """Top: what the crowd answers worst."""
    return one_metric(candidates, spec, "difficulty", direction)


def separability(candidates: Candidates, spec: SelectSpec, *, direction: Direction = "top") -> Choice:
    """Top: what tells the models apart."""
    return one_metric(candidates, spec, "separability", direction)


def stability(candidates: Candidates, spec: SelectSpec, *, direction: Direction = "top") -> Choice:
    """Top: what bigger models answer better."""
    return one_metric(candidates, spec, "stability", direction)


def one_metric(candidates: Candidates, spec: SelectSpec, name: str, direction: Direction) -> Choice:
    """By the metric's value; what differs by rounding alone is a tie."""
    return by_value(candidates, spec, candidates.tied(name), direction)
