"""Why a row was left out before anything was ranked."""

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.filters import matching, sentence
from crowdselect.reasons.words import Reason
from crowdselect.selection import Selection, crowd_scores, gather

Step = tuple[
    np.ndarray, Callable[[int], Reason]
]  # the pool rows that pass it (n,), and the reason of one that does not


class LeftOut:
    """The steps from the pool to a selection's candidates, each taken once."""

    def __init__(self, selection: Selection) -> None:
        self.selection, self.pool = selection, selection.candidates.pool

    def of(self, row: int) -> Reason:
        """The first of the steps that pool row `row`, which is no candidate, did not pass."""
        return next((reason(row) for passed, reason in self._steps if not passed[row]), Reason("pair"))

    @cached_property
    def _steps(self) -> list[Step]:
        recipe = self.selection.recipe
        steps = [self._scored()]
        open_ = recipe.pool.model_copy(update={"where": ()})
        candidates = gather(self.pool, open_, recipe.response, recipe.select.seed, self.selection.candidates.methods)
        steps.append((self._marked(candidates), self._no_response))
        for condition in recipe.pool.where:
            candidates = candidates.where(matching(candidates, condition))
            steps.append((self._marked(candidates), partial(_unmet, sentence(condition))))
        return steps

    def _scored(self) -> Step:
        spec = self.selection.recipe.pool
        scores, crowd = crowd_scores(self.pool, spec.reward_model)
        counts = np.count_nonzero(~np.isnan(scores[crowd]), axis=0)
        whole = spec.missing == "complete"
        said = {"models": len(crowd), "needed": "all" if whole else f"{spec.min_scores:,}"}
        passed = counts >= (len(crowd) if whole else spec.min_scores)
        return passed, lambda row: Reason("scores", {"scored": int(counts[row]), **said})

    def _no_response(self, row: int) -> Reason:
        name = self.selection.recipe.response.name
        return Reason("response", {"which": f"{name} has none, or a blank one" if name else "no model has one"})

    def _marked(self, candidates: Candidates) -> np.ndarray:
        found = np.zeros(len(self.pool), dtype=bool)
        found[candidates.rows] = True
        return found


def _unmet(condition: str, row: int) -> Reason:
    return Reason("filter", {"filter": condition})
