"""Why a row that a strategy ranks was taken or not: by its rank, overall or in its cluster, by a draw, or in turn."""

from functools import cached_property

import numpy as np

from crowdselect.quotas import QUOTAS
from crowdselect.reasons.unranked import UNRANKED, controlled_choice, lacks, parameters
from crowdselect.reasons.words import Reason
from crowdselect.selection import Selection
from crowdselect.strategies.embedded import vectors_of
from crowdselect.strategies.matched_random import NAME as MATCHED
from crowdselect.strategies.ranked_by import ranked_by

DRAWS = ("random", MATCHED)
# how each strategy that takes rows one by one, or in an order of its own, puts them in order
OWN_ORDER = {
    "mmr": "the highest score less its similarity to the rows taken before",
    "k_center": "the largest distance to the rows taken before",
    "facility_location": "what it adds to how well all rows are stood for",
    "instag": "the order of InsTag",
}
ONE_BY_ONE = ("mmr", "k_center", "facility_location")


class Ranked:
    """The reasons of a selection without constraints; what is asked of every row is computed once."""

    def __init__(self, selection: Selection, inside: np.ndarray | None = None) -> None:
        """`inside` (n,): the candidates that it was taken from, where it lies within a larger selection."""
        self.selection = selection
        self.candidates, self.choice, self.spec = selection.candidates, selection.choice, selection.recipe.select
        self.priority = np.where(inside, self.choice.priority, np.nan) if inside is not None else self.choice.priority
        self.taken = np.zeros(len(self.candidates), dtype=bool)
        self.taken[selection.positions] = True

    def of(self, place: int) -> list[Reason]:
        """The reasons of one candidate, the deciding one first."""
        strategy = self.spec.strategy
        if np.isnan(self.priority[place]):
            return [UNRANKED.get(strategy, lacks)(self.candidates, self.spec, self.choice, place)]
        if strategy in DRAWS:
            return [self._draw(place)]
        if strategy in ONE_BY_ONE and self.spec.clusters is None:
            return [self._turn(place)]
        if self.spec.clusters is None:
            return self._by_rank("rank", self._order, len(self.selection), place)
        return self._by_cluster(place)

    def kind(self, place: int) -> str:
        """The deciding reason's, without the numbers that take long to find."""
        if np.isnan(self.priority[place]):
            fell = self.spec.strategy == "deita" and not np.isnan(self._scores_of_deita[place])
            return "resembles" if fell else self.of(place)[0].kind
        if self.spec.strategy in DRAWS or (self.spec.strategy in ONE_BY_ONE and self.spec.clusters is None):
            return self.of(place)[0].kind
        return "rank" if self.spec.clusters is None else self._kind_by_cluster(place)

    @cached_property
    def _scores_of_deita(self) -> np.ndarray:
        given = parameters(self.spec)
        values = self.candidates.tied(str(given["score"]))
        there = ~np.isnan(vectors_of(self.candidates, str(given["embeddings"] or ""))[self.candidates.rows, 0])
        return np.where(there, values, np.nan)

    @cached_property
    def _order(self) -> np.ndarray:
        """The candidates that have a rank, best first, equal ones by uuid."""
        return np.argsort(-self.priority, kind="stable")[: np.count_nonzero(~np.isnan(self.priority))]

    def _by_rank(self, kind: str, order: np.ndarray, taken: int, place: int, **more: object) -> list[Reason]:
        """Where it stands in an order of which the first `taken` are taken; and by which tie, where one decides."""
        nth = int(np.flatnonzero(order == place)[0])
        numbers = {"by": self._by(place), "rank": nth + 1, "eligible": len(order), "taken": taken, **more}
        tied = np.flatnonzero(self.priority[order] == self.priority[place])
        kept = int(np.count_nonzero(tied < taken))
        if not 0 < kept < len(tied):
            return [Reason(kind, numbers)]
        tie = {"many": len(tied), "kept": kept, "nth": int(np.flatnonzero(tied == nth)[0]) + 1}
        return [Reason(kind, numbers), Reason("tie", tie)]

    def _by(self, place: int) -> str:
        """What it is ranked by, with its own value where that is one number."""
        if self.spec.strategy in OWN_ORDER:
            return OWN_ORDER[self.spec.strategy]
        name = "weighted score" if self.spec.strategy == "weighted" else ranked_by(self.candidates, self.spec)[0]
        score = self.choice.score
        side = "lowest" if self.spec.parameters.get("direction") == "bottom" else "highest"
        value = "" if score is None else f"{score[place]:.6g}, "
        return f"{name} ({value}{side} first)"

    @cached_property
    def _clusters(self) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
        """(n,) group of each candidate, -1 for none; (g,) quotas; the order in each group; (n,) let in by a quota."""
        clusters = self.spec.clusters
        if clusters is None:
            raise TypeError("no clusters")
        rows, _, members = self.candidates.groups(clusters.name)
        group = np.full(len(self.candidates), -1)
        group[rows] = np.repeat(np.arange(len(members)), members)
        quotas = QUOTAS[clusters.quota](self.spec.size, members)
        of_order = group[self._order]
        orders = [self._order[of_order == nth] for nth in range(len(members))]
        let_in = np.zeros(len(self.candidates), dtype=bool)
        for order, quota in zip(orders, quotas, strict=True):
            let_in[order[:quota]] = True
        return group, quotas, orders, let_in

    def _kind_by_cluster(self, place: int) -> str:
        group, _, _, let_in = self._clusters
        within, size = int(let_in.sum()), self.spec.size
        if within < size and not let_in[place]:
            return "left_over"
        if group[place] < 0:
            return "no_cluster"
        if self.spec.strategy in ONE_BY_ONE:
            return self._turn(place).kind
        if let_in[place] and within > size and not self.taken[place]:
            return "beyond"
        return "quota_in" if let_in[place] else "quota_full"

    def _by_cluster(self, place: int) -> list[Reason]:
        group, quotas, orders, let_in = self._clusters
        within, size, kind = int(let_in.sum()), self.spec.size, self._kind_by_cluster(place)
        if kind == "left_over":
            rest = self._order[~let_in[self._order]]
            return self._by_rank(kind, rest, min(size - within, len(rest)), place, within=within, size=size)
        if kind == "no_cluster":
            return [Reason(kind, {"size": size})]
        if kind == "beyond":
            return self._by_rank(kind, self._order[let_in[self._order]], size, place, within=within)
        if kind not in ("quota_in", "quota_full"):
            return [self._turn(place)]
        mine = int(group[place])
        label = int(self.candidates.cluster_codes(self._clustering)[place])
        return self._by_rank(kind, orders[mine], int(quotas[mine]), place, cluster=label, quota=int(quotas[mine]))

    @property
    def _clustering(self) -> str:
        return self.spec.clusters.name if self.spec.clusters else ""

    def _draw(self, place: int) -> Reason:
        taken = bool(self.taken[place])
        if self.spec.strategy == MATCHED and self._controlled[place]:
            return Reason("drawn_last" if taken else "drawn_first")
        return Reason("drawn" if taken else "not_drawn")

    @cached_property
    def _controlled(self) -> np.ndarray:
        """(n,) bool: the rows of the selection that this is a control of."""
        found = np.zeros(len(self.candidates), dtype=bool)
        found[controlled_choice(self.candidates, self.spec).positions] = True
        return found

    def _turn(self, place: int) -> Reason:
        order, by = self.selection.positions, OWN_ORDER[self.spec.strategy]
        if not self.taken[place]:
            return Reason("no_turn" if self.spec.clusters is None else "no_turn_open", {"taken": len(order), "by": by})
        return Reason("turn", {"turn": int(np.flatnonzero(order == place)[0]) + 1, "taken": len(order), "by": by})
