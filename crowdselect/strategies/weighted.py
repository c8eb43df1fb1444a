"""Weighted: CrowdSelect itself, the weighted sum of normalised metrics (paper, section 4)."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.normalize import RANKS
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice, by_value
from crowdselect.ties import tied

MOST_WHOLE = 2**30  # of a weight times its power of ten


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
    former = candidates.methods["rounding"] == 1
    if not former and (exact := _exact(candidates, spec.normalize, weights)) is not None:
        return exact
    total, largest = np.zeros(len(candidates)), 0.0
    for name in sorted(weights):  # one order of summing, whatever the recipe's
        total += weights[name] * candidates.normalized(name, spec.normalize)
        largest = max(largest, abs(weights[name]) * _largest(candidates, name, spec.normalize))
    return total if former else tied(total, largest)


def whole_numbers(weights: Mapping[str, float]) -> tuple[dict[str, int], int] | None:
    """The weights times a power of ten that makes whole numbers of them, and that power; None beyond four decimals."""
    for power in (1, 10, 100, 1_000, 10_000):
        found = {name: Decimal(repr(weight)) * power for name, weight in weights.items()}
        if all(value == value.to_integral_value() and abs(value) < MOST_WHOLE for value in found.values()):
            return {name: int(value) for name, value in found.items()}, power
    return None


def _exact(candidates: Candidates, normalizer: str, weights: Mapping[str, float]) -> np.ndarray | None:
    """The weighted sum of ranks, added up as whole numbers, so that no order of summing makes or breaks a tie.

    None for a normaliser of other numbers, where weights have more decimals, where a metric ranks fewer rows than
    another, and where a sum could be larger than float64 holds to the last digit.
    """
    found = whole_numbers(weights)
    if normalizer not in RANKS or found is None:
        return None
    whole, power = found
    ranks = {name: candidates.ranks(name, normalizer) for name in whole}
    highest = {most for _, most in ranks.values()}
    if len(highest) != 1 or max(highest) * sum(map(abs, whole.values())) >= 2**53:
        return None
    total = np.zeros(len(candidates))
    for name, weight in whole.items():
        total += weight * ranks[name][0]
    total /= power * highest.pop()
    return total


def _largest(candidates: Candidates, name: str, normalizer: str) -> float:
    """The largest absolute value on the normaliser's scale."""
    values = candidates.normalized(name, normalizer)
    return candidates.kept(("largest", name, normalizer), lambda: float(np.nanmax(np.abs(values), initial=0.0)))
