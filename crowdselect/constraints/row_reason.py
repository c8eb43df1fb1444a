"""What the constraints say of a row that is out, as the selection stands: what would be broken if it came in, too."""

import numpy as np

from crowdselect.constraints.duplicates import duplicate_groups
from crowdselect.constraints.groups import Fields, groups
from crowdselect.constraints.sentences import budget_unit, title
from crowdselect.constraints.spec import Constraints
from crowdselect.reasons.words import Reason
from crowdselect.selection import Selection
from crowdselect.strategies.embedded import cosines, in_steps, vectors_of
from crowdselect.strategies.row_lengths import lengths


def standing(selection: Selection, row: int) -> list[Reason]:
    """Of pool row `row`, a candidate that is neither pinned nor banned; none where it is in, or would break nothing."""
    constraints, candidates = selection.recipe.constraints, selection.candidates
    place = int(np.searchsorted(candidates.rows, row))
    if not constraints or (selection.positions == place).any():
        return []
    return [
        *_shares(selection, constraints, place),
        *_budget(selection, constraints, place),
        *_duplicates(selection, constraints, place),
        *_distance(selection, constraints, row),
    ]


def _shares(selection: Selection, constraints: Constraints, place: int) -> list[Reason]:
    fields, found = Fields(selection.candidates), []
    for share in constraints.shares:
        for each in groups([share], fields):
            code = int(each.codes[place])
            _, most = each.bounds(len(selection))
            if code >= 0 and np.count_nonzero(each.codes[selection.positions] == code) >= most[code]:
                named = share.model_copy(update={"value": each.names[code]})
                said = title(named)
                found.append(Reason("share_full", {"share": said[0].upper() + said[1:], "most": int(most[code])}))
    return found


def _budget(selection: Selection, constraints: Constraints, place: int) -> list[Reason]:
    budget = constraints.budget
    if budget is None:
        return []
    costs = lengths(selection.candidates, budget.unit, budget.of)
    spent = float(costs[selection.positions].sum())
    if not costs[place] > budget.max - spent:
        return []
    left = budget.max - spent
    numbers = {"cost": float(costs[place]), "unit": budget_unit(constraints), "left": left, "budget": budget.max}
    return [Reason("over_budget", numbers)]


def _duplicates(selection: Selection, constraints: Constraints, place: int) -> list[Reason]:
    if constraints.duplicates is None:
        return []
    group = duplicate_groups(selection.candidates, constraints.duplicates)
    twins = selection.positions[group[selection.positions] == group[place]] if group[place] >= 0 else []
    uuids = selection.candidates.pool.uuids[selection.candidates.rows]
    return [Reason("near_duplicate", {"uuid": str(uuids[twin])}) for twin in twins]


def _distance(selection: Selection, constraints: Constraints, row: int) -> list[Reason]:
    distance = constraints.distance
    if distance is None or not len(selection):
        return []
    vectors = vectors_of(selection.candidates, distance.embeddings or "")
    mine, known = in_steps(vectors[[row]])
    if not known[0]:
        return [Reason("no_distance")]
    apart = 1.0 - cosines(mine @ in_steps(vectors[selection.rows])[0].T)[0]
    nearest = int(np.nanargmin(apart))
    if apart[nearest] >= distance.min:
        return []
    numbers = {"distance": float(apart[nearest]), "uuid": str(selection.uuids[nearest]), "least": distance.min}
    return [Reason("too_near", numbers)]
