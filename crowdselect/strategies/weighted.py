"""Weighted: CrowdSelect itself, the weighted sum of normalised metrics (paper, section 4)."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value


def weighted(candidates: Candidates, spec: SelectSpec) -> Choice:
    """The highest sums of weight x normalised metric. A row that lacks a metric whose weight is not 0 is left out."""
    return by_value(candidates, spec, combined(candidates, spec), "top")


def combined(candidates: Candidates, spec: SelectSpec) -> np.ndarray:
    """The weighted sum of each candidate: (n,), NaN where a metric that counts is missing."""
    weights = {name: weight for name, weight in spec.weights.items() if weight != 0}
    unknown = [name for name in spec.weights if name not in candidates.all_metric_names]
    if unknown:
        known = ", ".join(candidates.all_metric_names)
        raise UserError(f"Unknown metric {unknown[0]!r} in weights; choose from {known}.")
    total = np.zeros(len(candidates))
    for name in sorted(weights):  # one order of summing, whatever the recipe's
        total += weights[name] * candidates.normalized(name, spec.normalize)
    return total
