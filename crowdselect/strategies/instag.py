"""InsTag: instructions with many tags that together cover many (Lu et al., "#InsTag", and the variant of the paper)."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.strategies.instag_crowdselect import intended_order, literal_order
from crowdselect.strategies.instag_paper import complexity_first_order
from crowdselect.strategies.tagged import Tagged, tagged

Order = Callable[[Candidates, Tagged, int], np.ndarray]
VARIANTS: dict[str, Order] = {
    "paper": lambda candidates, tags, size: complexity_first_order(len(candidates), tags),
    "crowdselect": literal_order,
    "crowdselect_intended": intended_order,
}


def instag(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    variant: Literal["paper", "crowdselect", "crowdselect_intended"] = "paper",
) -> Choice:
    """`paper`: complexity-first diverse sampling, by the number of tags. `crowdselect`: the longest instructions of
    each tag, then the longest of all, as listentm/CROWDSELECT's code does it; `crowdselect_intended`: with the quota
    counted for each tag. Untagged rows are never taken; over clusters, the order below is followed in each."""
    tags = tagged(candidates)
    order = VARIANTS[variant](candidates, tags, spec.size)
    turn = np.full(len(candidates), np.nan)
    turn[order] = -np.arange(len(order), dtype=np.float64)
    choice = by_value(candidates, spec, turn, "top")
    if variant == "paper":
        score = np.bincount(tags.positions, minlength=len(candidates)).astype(np.float64)
    else:
        score = candidates.metric("length_instruction")
    return Choice(choice.positions, choice.priority, score)
