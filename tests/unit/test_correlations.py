"""Correlations against scipy, pair by pair."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, pearsonr, spearmanr

from crowdselect.correlations import KENDALL_ROWS, METHODS, correlations
from crowdselect.published import FILE

SCIPY = {"pearson": pearsonr, "spearman": spearmanr, "kendall": kendalltau}


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**32), n=st.integers(4, 60), holes=st.booleans(), ties=st.booleans())
def test_equal_scipy(method: str, seed: int, n: int, holes: bool, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    columns = {name: rng.integers(0, 4, n).astype(float) if ties else rng.normal(size=n) for name in "abc"}
    if holes:
        columns["b"][rng.random(n) < 0.3] = np.nan
    found = correlations(columns, method)
    for i, first in enumerate(columns.values()):
        for j, second in enumerate(columns.values()):
            there = ~(np.isnan(first) | np.isnan(second))
            x, y = first[there], second[there]
            assert found.n[i, j] == len(x)
            if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
                assert np.isnan(found.coefficient[i, j])
                continue
            expected = SCIPY[method](x, y)
            np.testing.assert_allclose(found.coefficient[i, j], expected.statistic, atol=1e-9)
            if i != j:  # the last bit of a coefficient near 1 is worth 1e-8 in p
                np.testing.assert_allclose(found.p_value[i, j], expected.pvalue, atol=1e-7)


def test_kendall_says_how_many_rows_it_took() -> None:
    values = np.random.default_rng(0).normal(size=KENDALL_ROWS * 3)
    assert correlations({"a": values, "b": -values}, "kendall").n[0, 1] == KENDALL_ROWS


@pytest.mark.parametrize(
    ("base_model", "x", "y", "r", "p"),
    [
        ("Llama-3.2-3B", "train_loss", "eval_loss", 0.63, 0.001),
        ("Llama-3.2-3B", "train_loss", "arena_hard", -0.05, 0.799),
        ("Qwen2.5-3B", "eval_loss", "mt_bench", -0.45, 0.022),
        ("Qwen2.5-3B-Instruct", "mt_bench", "arena_hard", 0.31, 0.120),
        ("Llama-3.2-3B-Instruct", "train_loss", "mt_bench", 0.51, 0.008),
    ],
)
def test_the_published_correlations_come_out(base_model: str, x: str, y: str, r: float, p: float) -> None:
    with (FILE.parent / "correlation_inputs.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["base_model"] == base_model]
    columns = {name: np.array([float(row[name] or "nan") for row in rows]) for name in (x, y)}
    found = correlations(columns, "pearson")
    assert len(rows) == 26
    assert found.coefficient[0, 1] == pytest.approx(r, abs=0.0051)
    assert found.p_value[0, 1] == pytest.approx(p, abs=0.00051)
