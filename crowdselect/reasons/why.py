"""Why a row is in a selection or out of it: left out before, by the constraints, or by the strategy itself."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from crowdselect.constraints.row_reason import standing
from crowdselect.constraints.sentences import Atom, atoms
from crowdselect.errors import UserError
from crowdselect.reasons.left_out import LeftOut
from crowdselect.reasons.ranked import Ranked
from crowdselect.reasons.words import Reason
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select_from


class Why:
    """The reasons of one selection, row by row. What a constraint decides is found by choosing without it."""

    def __init__(self, selection: Selection) -> None:
        self.selection, self.recipe, self.candidates = selection, selection.recipe, selection.candidates
        self._without: dict[str, np.ndarray] = {}

    def of(self, row: int) -> list[Reason]:
        """The reasons of pool row `row`, the deciding one first."""
        if (place := self._place(row)) is None:
            return [self._left_out.of(row)]
        if not self.recipe.constraints:
            return self._unbound(place)
        uuid = str(self.candidates.pool.uuids[row])
        for kind, uuids in (("pinned", self.recipe.constraints.pinned), ("banned", self.recipe.constraints.banned)):
            if uuid in uuids:
                return [Reason(kind)]
        return self._bound(place, row)

    def kind(self, row: int) -> str:
        """The deciding reason's; where the constraints decide nothing, the strategy's. Quick, for many rows."""
        place = self._place(row)
        if place is None or self.recipe.core or self.recipe.select.within:
            return self.of(row)[0].kind
        if not self.recipe.constraints:
            return self._levels[-1][0].kind(place)
        named = {*self.recipe.constraints.pinned, *self.recipe.constraints.banned}
        if str(self.candidates.pool.uuids[row]) not in named and self._free.marked[place] == self.marked[place]:
            return self._free.kind(row)
        return self.of(row)[0].kind

    def _place(self, row: int) -> int | None:
        """Where a pool row stands among the candidates, if it does."""
        place = int(np.searchsorted(self.candidates.rows, row))
        there = place < len(self.candidates) and bool(self.candidates.rows[place] == row)
        return place if there else None

    @cached_property
    def _left_out(self) -> LeftOut:
        return LeftOut(self.selection)

    def _unbound(self, place: int) -> list[Reason]:
        core, chosen = self.recipe.core, self._levels[-1][0]
        if core and chosen.taken[place] and not self.marked[place]:
            return [Reason("core", {"share": core.share})]
        for level, size in self._levels:
            reasons = level.of(place)
            if not level.taken[place] and size > self.recipe.select.size:
                there = " ".join(reason.sentence for reason in reasons)
                return [Reason("outside", {"larger": size, "there": there})]
        return reasons

    def _bound(self, place: int, row: int) -> list[Reason]:
        now, free = bool(self.marked[place]), self._free
        other = "out" if now else "in"
        there = Reason("unconstrained", {"there": " ".join(each.sentence for each in free.of(row))})
        if bool(free.marked[place]) == now:
            return [Reason("free", {"side": "in" if now else "out"}), there]
        alone = [atom for atom in self._atoms if bool(self._chosen_without(atom)[place]) != now]
        decided = [Reason("constraint", {"constraint": atom.name, "side": other}) for atom in alone]
        return [*(decided or [Reason("constraints", {"side": other})]), *standing(self.selection, row), there]

    @cached_property
    def marked(self) -> np.ndarray:
        """(n,) bool: the candidates that are in."""
        return self._marked(self.selection)

    @cached_property
    def _free(self) -> "Why":
        return Why(select_from(self.candidates, self.recipe.model_copy(update={"constraints": None, "core": None})))

    @cached_property
    def _atoms(self) -> list[Atom]:
        return atoms(self.recipe.constraints) if self.recipe.constraints else []

    def _chosen_without(self, atom: Atom) -> np.ndarray:
        """(n,) bool: the candidates chosen without that part of the constraints; as now where that cannot be."""
        if atom.name not in self._without:
            constraints = self.recipe.constraints
            without = atom.without(constraints) if constraints else None
            recipe = self.recipe.model_copy(update={"constraints": without or None, "core": None})
            self._without[atom.name] = self._marked_or(recipe, lambda: self.marked)
        return self._without[atom.name]

    def _marked_or(self, recipe: Recipe, otherwise: Callable[[], np.ndarray]) -> np.ndarray:
        try:
            return self._marked(select_from(self.candidates, recipe))
        except UserError:
            return otherwise()

    def _marked(self, selection: Selection) -> np.ndarray:
        found = np.zeros(len(self.candidates), dtype=bool)
        found[selection.positions] = True
        return found

    @cached_property
    def _levels(self) -> list[tuple[Ranked, int]]:
        """The selections that this one lies within, the largest first, and itself."""
        spec = self.recipe.select
        sizes = sorted({spec.size, *(spec.within or ())}, reverse=True)
        levels, inside = [], None
        for nth, size in enumerate(sizes):
            smaller = spec.model_copy(update={"size": size, "within": tuple(sizes[:nth]) or None})
            recipe = self.recipe.model_copy(update={"select": smaller, "constraints": None, "core": None})
            plain = nth == len(sizes) - 1 and not self.recipe.core and not self.recipe.constraints
            level = Ranked(self.selection if plain else select_from(self.candidates, recipe), inside)
            levels.append((level, size))
            inside = level.taken
        return levels
