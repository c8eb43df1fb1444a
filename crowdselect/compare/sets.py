"""The rows that are in exactly these selections and in no other: an UpSet view of all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Intersection:
    """`members` are the places of the selections that hold these rows; every other selection lacks them."""

    members: tuple[int, ...]
    rows: int


def intersections(selections: Sequence[np.ndarray], rows: int) -> list[Intersection]:
    """Every combination that has a row, largest first, then by members; the sizes add up to the rows in any of them.

    `selections` hold distinct pool rows, of a pool with that many `rows`.
    """
    held = np.zeros((rows, len(selections)), dtype=bool)
    for place, selection in enumerate(selections):
        held[selection, place] = True
    packed = np.packbits(held[held.any(axis=1)], axis=1)
    patterns, counts = np.unique(packed, axis=0, return_counts=True)
    members = np.unpackbits(patterns, axis=1, count=len(selections)) if len(patterns) else patterns
    found = [
        Intersection(tuple(np.flatnonzero(row).tolist()), int(count))
        for row, count in zip(members, counts, strict=True)
    ]
    return sorted(found, key=lambda each: (-each.rows, each.members))
