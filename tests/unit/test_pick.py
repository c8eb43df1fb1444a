"""Picking against a plain sort, and quotas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.pick import best_rows
from crowdselect.quotas import QUOTAS

PRIORITIES = st.lists(st.sampled_from([0.0, 1.0, 2.0, -1.0, float("nan"), float("inf")]), max_size=40)


@given(PRIORITIES, st.integers(0, 45))
def test_best_rows_equal_a_stable_sort(values: list[float], size: int) -> None:
    priority = np.array(values, dtype=float)
    expected = sorted((row for row, v in enumerate(values) if v == v), key=lambda row: (-values[row], row))[:size]
    assert best_rows(priority, size).tolist() == expected


@pytest.mark.parametrize("quota", ["proportional", "sqrt"])
@given(size=st.integers(0, 500), members=st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_shares_add_up(quota: str, size: int, members: list[int]) -> None:
    quotas = QUOTAS[quota](size, np.array(members))
    assert quotas.sum() == size
    assert (quotas >= 0).all()
    order = np.argsort(members, kind="stable")
    assert (np.diff(quotas[order]) >= -1).all()


def test_quotas_of_known_sizes() -> None:
    members = np.array([1, 9, 90])
    assert QUOTAS["equal"](10, members).tolist() == [4, 4, 4]
    assert QUOTAS["proportional"](10, members).tolist() == [0, 1, 9]
    assert QUOTAS["sqrt"](27, members).tolist() == [2, 6, 19]


@given(seed=st.integers(0, 2**32), n=st.integers(500, 5000), size=st.integers(1, 40), distinct=st.integers(1, 2000))
def test_few_of_many_equal_a_stable_sort(seed: int, n: int, size: int, distinct: int) -> None:
    rng = np.random.default_rng(seed)
    priority = rng.integers(0, distinct, n).astype(float)
    priority[rng.random(n) < 0.1] = np.nan
    if seed % 2:
        priority[:: n // 64] = -1.0  # a sample that misleads
    expected = sorted(np.flatnonzero(~np.isnan(priority)), key=lambda row: (-priority[row], row))[:size]
    assert best_rows(priority, size).tolist() == expected
