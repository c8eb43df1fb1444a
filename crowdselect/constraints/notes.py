"""What constraints give a reader to know of a selection: that it is shorter than its size, that a quota gave way."""

from collections.abc import Iterable

import numpy as np

from crowdselect.constraints.groups import quota_groups
from crowdselect.constraints.sentences import budget_unit
from crowdselect.constraints.solve import over_quota
from crowdselect.selection import Selection
from crowdselect.strategies.matched_random import NAME as MATCHED
from crowdselect.strategies.row_lengths import lengths

NAMED = 10  # clusters


def limits(selection: Selection) -> list[str]:
    """All of them."""
    return [*upper_limit(selection), *quota_gave_way(selection)]


def upper_limit(selection: Selection) -> Iterable[str]:
    """How many rows there are where the size is an upper limit, and what they cost."""
    size, constraints = selection.recipe.select.size, selection.recipe.constraints
    if constraints is None or (budget := constraints.budget) is None or not selection.may_be_short:
        return
    if selection.recipe.core is None and len(selection) < size:
        spent = lengths(selection.candidates, budget.unit, budget.of)[selection.positions].sum()
        yield (
            f"{len(selection):,} rows: {size:,} is an upper limit (budget, fill: best), and {spent:,.0f} of"
            f" {budget.max:,} {budget_unit(constraints)} are spent."
        )


def quota_gave_way(selection: Selection) -> Iterable[str]:
    """Which clusters give more than their quota, under constraints. Not for a core, nor for a control, which goes by
    lengths; and without constraints a cluster that is smaller than its quota leaves the rest to others by rule."""
    recipe, spec = selection.recipe, selection.recipe.select
    if recipe.constraints is None or spec.clusters is None or not len(selection):
        return
    if recipe.core or spec.strategy == MATCHED:
        return
    quota = quota_groups(selection.candidates, spec.clusters.name, spec.clusters.quota)
    over = over_quota(quota, selection.positions, len(selection))
    most = quota.bounds(len(selection))[1]
    clusters = np.flatnonzero(over).tolist()
    named = [f"{_called(quota.names[nth])} gives {over[nth] + most[nth]:,} ({most[nth]:,})" for nth in clusters]
    more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
    if named:
        yield f"The quota {spec.clusters.quota} (in brackets) gave way: {', '.join(named[:NAMED])}{more}."


def _called(cluster: str) -> str:
    return "no cluster" if cluster == "none" else f"cluster {cluster}"
