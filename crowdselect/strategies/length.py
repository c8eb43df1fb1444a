"""Length: the longest or the shortest."""

from typing import Literal

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.single_metric import one_metric


def length(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    direction: Direction = "top",
    of: Literal["instruction", "response"] = "response",
) -> Choice:
    """By white-space words of the instruction or of the chosen response."""
    return one_metric(candidates, spec, f"length_{of}", direction)
