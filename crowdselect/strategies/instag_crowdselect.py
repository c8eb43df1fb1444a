"""The order in which listentm/CROWDSELECT's InsTag baseline takes instructions (baseline/instag/choose_by_tag.py)."""

from collections.abc import Sequence

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.strategies.tagged import Tagged


def literal_order(candidates: Candidates, tags: Tagged, size: int) -> np.ndarray:
    """Every tagged candidate in the order of taking for `size`, as the published code does it.

    q = size // tags. Each tag, in the order of first appearance (rows by uuid, the tags of a row in their order), gives
    its longest instructions until q are taken IN ALL: from then on every tag gives one. The rest goes by length, equal
    lengths by the tags' order, then by uuid.
    """
    if not tags.ordered:
        raise UserError(
            "InsTag's variant 'crowdselect' needs the order of an instruction's tags, which this build does not hold:"
            " attach them again (`python -m precompute attach tags FILE.parquet`), or choose another variant."
        )
    names, first = np.unique(tags.codes, return_index=True)
    return _order(candidates, tags, names[np.argsort(first)], size, per_tag=False)


def intended_order(candidates: Candidates, tags: Tagged, size: int) -> np.ndarray:
    """The same with q counted for each tag, which seems to be meant; tags by name, equal lengths by uuid."""
    return _order(candidates, tags, np.unique(tags.codes), size, per_tag=True)


def _order(candidates: Candidates, tags: Tagged, names: np.ndarray, size: int, per_tag: bool) -> np.ndarray:
    words = candidates.metric("length_instruction")
    rank = np.zeros(int(names.max(initial=0)) + 1, dtype=np.int64)
    rank[names] = np.arange(len(names))
    ranks = rank[tags.codes]
    longest = np.lexsort((tags.positions, -words[tags.positions], ranks))  # tag by tag, the longest first
    starts = np.searchsorted(ranks[longest], np.arange(1, len(names)))
    groups = np.split(tags.positions[longest], starts) if len(names) else []
    taken = _by_quota(groups, size // max(len(names), 1), len(candidates), per_tag)

    rest = np.setdiff1d(tags.positions, taken)
    group = np.full(len(candidates), len(names))
    if not per_tag:
        np.minimum.at(group, tags.positions, ranks)  # a row of several tags comes where its first tag does
    return np.concatenate([taken, rest[np.lexsort((rest, group[rest], -words[rest]))]])


def _by_quota(groups: Sequence[np.ndarray], quota: int, n: int, per_tag: bool) -> np.ndarray:
    """What the groups give, one after the other, best first: each until `quota` are taken from it, or in all."""
    taken: list[int] = []
    gone = bytearray(n)
    for group in groups:
        before = len(taken) if per_tag else 0
        for position in group:
            if per_tag and len(taken) - before >= quota:
                break
            if not gone[position]:
                gone[position] = 1
                taken.append(int(position))
                if not per_tag and len(taken) >= quota:
                    break
    return np.array(taken, dtype=np.int64)
