"""Which constraints keep one row out of a selection, and which put it in."""

import numpy as np

from crowdselect.constraints.duplicates import duplicate_groups
from crowdselect.constraints.groups import Fields, groups
from crowdselect.constraints.sentences import title
from crowdselect.constraints.spec import Constraints
from crowdselect.selection import Selection
from crowdselect.strategies.embedded import cosines, in_steps, vectors_of
from crowdselect.strategies.row_lengths import lengths


def reasons(selection: Selection, row: int) -> list[str]:
    """Half sentences about pool row `row`, such as "it is pinned"; none where no constraint speaks of it.

    A row that is out is asked about with the selection as it stands: what would be broken if it came in, too.
    """
    constraints, candidates = selection.recipe.constraints, selection.candidates
    if not constraints:
        return []
    uuid = str(candidates.pool.uuids[row])
    if uuid in constraints.pinned:
        return ["it is pinned: in, whatever its rank"]
    if uuid in constraints.banned:
        return ["it is banned: out, whatever its rank"]
    place = int(np.searchsorted(candidates.rows, row))
    inside = place < len(candidates) and candidates.rows[place] == row
    if not inside or (selection.positions == place).any():
        return []
    return [
        *_shares(selection, constraints, place),
        *_budget(selection, constraints, place),
        *_duplicates(selection, constraints, place),
        *_distance(selection, constraints, row),
    ]


def _shares(selection: Selection, constraints: Constraints, place: int) -> list[str]:
    fields, found = Fields(selection.candidates), []
    for share in constraints.shares:
        for each in groups([share], fields):
            code = int(each.codes[place])
            _, most = each.bounds(len(selection))
            if code >= 0 and np.count_nonzero(each.codes[selection.positions] == code) >= most[code]:
                named = share.model_copy(update={"value": each.names[code]})
                found.append(f"{title(named)} is at its maximum of {most[code]:,} rows")
    return found


def _budget(selection: Selection, constraints: Constraints, place: int) -> list[str]:
    budget = constraints.budget
    if budget is None:
        return []
    costs = lengths(selection.candidates, budget.unit, budget.of)
    spent = float(costs[selection.positions].sum())
    if not costs[place] > budget.max - spent:
        return []
    return [f"it costs {costs[place]:,.0f} {budget.unit}, and {budget.max - spent:,.0f} of {budget.max:,} are left"]


def _duplicates(selection: Selection, constraints: Constraints, place: int) -> list[str]:
    if constraints.duplicates is None:
        return []
    group = duplicate_groups(selection.candidates, constraints.duplicates)
    twins = selection.positions[group[selection.positions] == group[place]] if group[place] >= 0 else []
    return [f"it is a near-duplicate of {selection.candidates.pool.uuids[selection.candidates.rows[twin]]}"
            for twin in twins]  # fmt: skip


def _distance(selection: Selection, constraints: Constraints, row: int) -> list[str]:
    distance = constraints.distance
    if distance is None or not len(selection):
        return []
    vectors = vectors_of(selection.candidates, distance.embeddings or "")
    mine, known = in_steps(vectors[[row]])
    if not known[0]:
        return ["it has no embedding, so its distance is not known"]
    apart = 1.0 - cosines(mine @ in_steps(vectors[selection.rows])[0].T)[0]
    nearest = int(np.nanargmin(apart))
    if apart[nearest] >= distance.min:
        return []
    return [f"it is {apart[nearest]:.3g} from {selection.uuids[nearest]}, nearer than {distance.min:g}"]
