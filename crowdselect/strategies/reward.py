"""Reward: the RM-score baseline."""

from typing import Literal

from crowdselect.candidates import Candidates, Direction
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.single_metric import one_metric

METRIC_BY = {"max": "reward", "mean": "reward_mean", "min": "reward_min"}


def reward(
    candidates: Candidates,
    spec: SelectSpec,
    *,
    direction: Direction = "top",
    by: Literal["max", "mean", "min"] = "max",
) -> Choice:
    """The highest (lowest) score of an instruction's best answer, of its worst, or their mean."""
    return one_metric(candidates, spec, METRIC_BY[by], direction)
