"""Why fewer rows are eligible than the pool has, counted by reason."""

from collections import Counter

import numpy as np

from crowdselect.reasons.ranked import Ranked
from crowdselect.reasons.unranked import UNRANKED
from crowdselect.selection import Selection

LOOKED_AT = 5_000  # rows whose reasons are found one by one
HAVE: dict[str, str] = {  # kind of reason -> what is said of several rows
    "lacks": "lack a metric that counts",
    "above": "have a value above 1",
    "from": "have a value of 1 or above",
    "marked": "are marked as not to be used",
    "untagged": "have no tag",
    "embedding": "have no embedding",
    "resembles": "resemble a row that comes before them",
    "length": "have no response as long as one that is controlled for",
    "controlled": "cannot be taken by the strategy that is controlled for",
}


def shortfall(selection: Selection) -> str:
    """Why rows are not eligible, in words."""
    pool, candidates, spec = selection.candidates.pool, selection.candidates, selection.recipe.pool
    parts = []
    before_pairs = len(candidates) + selection.unpaired
    if before_pairs < len(pool):
        some = "a score" if spec.min_scores == 1 else f"{spec.min_scores} scores"
        rule = "a score from every model" if spec.missing == "complete" else some
        filters = ", or are filtered out" if spec.where else ""
        parts.append(f"{len(pool) - before_pairs:,} lack {rule} or a response to export{filters}")
    if selection.unpaired:
        parts.append(f"{selection.unpaired:,} have no pair of responses within the limits of pairs")
    return "; ".join([*parts, *_unranked(selection)]) or "the pool has no more"


def _unranked(selection: Selection) -> list[str]:
    """How many candidates have no rank, and why."""
    places = np.flatnonzero(np.isnan(selection.choice.priority)).tolist()
    strategy = selection.recipe.select.strategy
    if not places:
        return []
    if strategy not in UNRANKED:
        return [f"{len(places):,} {HAVE['lacks']}"]
    if len(places) > LOOKED_AT:
        return [f"{len(places):,} have no rank"]
    ranked = Ranked(selection)
    return [f"{count:,} {HAVE[kind]}" for kind, count in Counter(map(ranked.kind, places)).most_common()]
