"""The tags of a strategy's candidates, as flat arrays."""

from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError


@dataclass(frozen=True)
class Tagged:
    """One entry for each candidate and tag of it. Entries ascend by candidate, then by the tag's place there."""

    positions: np.ndarray  # (k,) candidate
    codes: np.ndarray  # (k,) tag, numbered by name
    ordered: bool  # whether the places are known; where not, a candidate's tags go by name


def tagged(candidates: Candidates) -> Tagged:
    """Which candidate has which tags. UserError where the pool has none at all."""
    pool = candidates.pool
    if not pool.tags:
        raise UserError(
            "There are no tags in this workspace: run `python -m precompute run tag`,"
            " or attach your own with `python -m precompute attach tags FILE.parquet`."
        )
    codes = np.repeat(np.arange(len(pool.tags)), [len(rows) for rows in pool.tags.values()])
    position_of = np.full(len(pool), -1)
    position_of[candidates.rows] = np.arange(len(candidates))
    positions = position_of[np.concatenate(list(pool.tags.values()))]
    ordered = pool.tag_places.keys() == pool.tags.keys()
    places = np.concatenate([pool.tag_places[tag] for tag in pool.tags]) if ordered else codes
    here = np.flatnonzero(positions >= 0)
    here = here[np.lexsort((codes[here], places[here], positions[here]))]
    return Tagged(positions[here], codes[here], ordered)
