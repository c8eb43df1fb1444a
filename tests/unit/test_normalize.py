"""Normalisers against the chain of scalers that the published code uses."""

from bisect import bisect_left, bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

from crowdselect.normalize import NORMALIZERS, normalized, quantile

VALUES = st.lists(st.integers(-50, 50).map(lambda i: i / 7), min_size=2, max_size=60).filter(lambda v: len(set(v)) > 1)


@given(st.lists(st.integers(-50, 50).map(lambda i: i / 7), min_size=2, max_size=60, unique=True))
def test_quantile_equals_the_published_chain(values: list[float]) -> None:
    # distinct values: scikit-learn's interpolation splits equal ones by float noise
    column = np.array(values)
    chain = make_pipeline(StandardScaler(), MinMaxScaler(), QuantileTransformer(n_quantiles=len(values)))
    np.testing.assert_allclose(quantile(column), chain.fit_transform(column[:, None])[:, 0], atol=1e-6)


@given(VALUES)
def test_quantile_of_equal_values_is_their_middle_rank(values: list[float]) -> None:
    ranks = sorted(values)
    for value, result in zip(values, quantile(np.array(values)), strict=True):
        first, last = bisect_left(ranks, value), bisect_right(ranks, value) - 1
        middle = (first + last) / 2 / (len(values) - 1)
        expected = 0.0 if first == 0 else 1.0 if last == len(values) - 1 else middle
        assert result == pytest.approx(expected)


@pytest.mark.parametrize("name", NORMALIZERS)
@given(values=VALUES)
def test_order_and_ties_are_kept(name: str, values: list[float]) -> None:
    column = np.array(values)
    result = NORMALIZERS[name](column)
    for a, b in zip(range(len(column) - 1), range(1, len(column)), strict=True):
        assert np.sign(round(result[a] - result[b], 9)) == np.sign(column[a] - column[b])


@pytest.mark.parametrize("name", NORMALIZERS)
@pytest.mark.parametrize("values", [[], [3.0], [2.0, 2.0, 2.0], [np.nan, np.nan], [np.nan, 1.0, 2.0]])
def test_edges(name: str, values: list[float]) -> None:
    column = np.array(values, dtype=float)
    result = normalized(column, name)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(column))


def test_float_noise_makes_no_rank() -> None:
    assert set(quantile(np.array([0.1 + 0.2, 0.3, 0.0, 1.0]))[:2]) == {0.5}
