"""Length: the longest or the shortest."""

from typing import Literal

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.strategies.signals import signal
from crowdselect.strategies.single_metric import one_metric


def length(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    direction: Direction = "top",
    of: Literal["instruction", "response"] = "response",
    unit: Literal["words", "tokens"] = "words",
) -> Choice:
    """By white-space words of the instruction or of the chosen response, or by the signal `tokens_instruction` or
    `tokens_response`, which says how long a tokenizer of one's own finds it."""
    if unit == "tokens":
        return by_value(candidates, spec, signal(candidates, f"tokens_{of}"), direction)
    return one_metric(candidates, spec, f"length_{of}", direction)
