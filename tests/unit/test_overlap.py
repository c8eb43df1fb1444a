"""Overlap against sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.overlap import overlap, times_chosen

SELECTIONS = st.lists(st.lists(st.integers(0, 19), unique=True), min_size=1, max_size=6)


@given(SELECTIONS)
def test_equal_sets(selections: list[list[int]]) -> None:
    arrays = [np.array(selection, dtype=int) for selection in selections]
    found = overlap(arrays, 20)
    for i, first in enumerate(map(set, selections)):
        for j, second in enumerate(map(set, selections)):
            assert found.shared[i, j] == len(first & second)
            assert found.jaccard[i, j] == (len(first & second) / len(first | second) if first | second else 1.0)
    assert times_chosen(arrays, 20).sum() == sum(map(len, selections))
