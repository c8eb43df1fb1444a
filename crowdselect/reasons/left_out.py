"""Why a row was left out before anything was ranked."""

import numpy as np

from crowdselect.filters import matching, sentence
from crowdselect.reasons.words import Reason
from crowdselect.selection import Selection, crowd_scores, gather


def left_out(selection: Selection, row: int) -> Reason:
    """The first of the steps to the candidates that pool row `row`, which is no candidate, did not pass."""
    recipe, pool, methods = selection.recipe, selection.candidates.pool, selection.candidates.methods
    spec = recipe.pool
    scores, crowd = crowd_scores(pool, spec.reward_model)
    scored, models = int(np.count_nonzero(~np.isnan(scores[crowd, row]))), len(crowd)
    needed = models if spec.missing == "complete" else spec.min_scores
    if scored < needed:
        said = "all" if spec.missing == "complete" else f"{needed:,}"
        return Reason("scores", {"scored": scored, "models": models, "needed": said})
    open_ = spec.model_copy(update={"where": ()})
    candidates = gather(pool, open_, recipe.response, recipe.select.seed, methods)
    if row not in candidates.rows:
        name = recipe.response.name
        return Reason("response", {"which": f"{name} has none, or a blank one" if name else "no model has one"})
    for condition in spec.where:
        candidates = candidates.where(matching(candidates, condition))
        if row not in candidates.rows:
            return Reason("filter", {"filter": sentence(condition)})
    return Reason("pair")
