"""Concordance and min_scores against brute force, and where they show."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.candidates import families_of
from crowdselect.cli import main
from crowdselect.concordance_spec import ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.ladders import ladders_of
from crowdselect.metrics.concordance import concordance
from crowdselect.pool import Model, Pool
from crowdselect.reasons.shortfall import shortfall
from crowdselect.recipe import PoolSpec, Recipe, ResponseSpec
from crowdselect.selection import gather, select
from crowdselect.store import load_pool, open_build
from precompute.cli import main as main_of_jobs
from tests.pages.builds import plain, publish
from tests.unit.pools import make_pool
from tests.unit.workspaces import small_workspace

CROWD = (
    Model("a1", "a", 1.0), Model("a2", "a", 7.0), Model("b1", "b", 3.0), Model("b2", "b", 9.0), Model("b3", "b", 9.0),
    Model("b4", "b", 70.0), Model("c1", "c", 8.0), Model("lone", None, 5.0), Model("unsized", "a", None),
)  # fmt: skip


def by_hand(scores: np.ndarray, min_gap: float, shrink: float) -> float:
    """One row, pair by pair."""
    won = lost = count = 0
    for small, first in zip(CROWD, scores, strict=True):
        for big, second in zip(CROWD, scores, strict=True):
            if small.family is None or small.family != big.family or None in (small.params_b, big.params_b):
                continue
            if not small.params_b < big.params_b or np.isnan(first) or np.isnan(second):
                continue
            count += 1
            if first != second and abs(second - first) >= min_gap:
                won, lost = won + (second > first), lost + (second < first)
    return (won - lost) / (count + shrink) if count else float("nan")


@given(
    seed=st.integers(0, 2**32), gaps=st.sampled_from([0.0, 0.3, 0.8]), ties=st.booleans(),
    min_gap=st.sampled_from([0.0, 0.4, 2.5]), shrink=st.sampled_from([0.0, 2.0, 5.5]),
)  # fmt: skip
def test_it_is_the_share_of_pairs_won(seed: int, gaps: float, ties: bool, min_gap: float, shrink: float) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(CROWD), 20))
    scores = np.round(scores) if ties else scores
    scores[rng.random(scores.shape) < gaps] = np.nan
    found = concordance(scores, families_of(CROWD), min_gap, shrink)
    expected = [by_hand(scores[:, row], min_gap, shrink) for row in range(20)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_rounding_wins_no_pair() -> None:
    scores = np.array([[0.3, 0.3, 0.1], [0.1 + 0.2, 0.3 + 1e-9, 0.15]])
    families = [np.array([[0, 1.0], [1, 7.0]])]
    assert concordance(scores, families).tolist() == [0.0, pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert concordance(scores, families, 0.05).tolist() == [0.0, 0.0, pytest.approx(1 / 3)]  # 0.15 - 0.1 is 0.05


@given(seed=st.integers(0, 2**32), least=st.integers(1, 6))
def test_min_scores_counts_a_rows_scores(seed: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(5, 40))
    scores[rng.random(scores.shape) < 0.6] = np.nan
    candidates = gather(make_pool(scores), PoolSpec(missing="available", min_scores=least), ResponseSpec(), 0)
    expected = [row for row in range(40) if sum(not np.isnan(score) for score in scores[:, row]) >= least]
    assert candidates.rows.tolist() == expected


def test_a_recipe_says_its_parameters_and_the_message_its_rule() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(5, 40))
    scores[rng.random(scores.shape) < 0.5] = np.nan
    pool = make_pool(scores)
    document = {
        "pool": {"missing": "available", "min_scores": 3, "concordance": {"min_gap": 0.05, "shrink": 2}},
        "select": {"weights": {"concordance": 1.0}, "clusters": None, "size": 15},
    }
    chosen = select(pool, Recipe.parse(document))
    assert chosen.candidates.concordance == ConcordanceSpec(min_gap=0.05, shrink=2)
    values = concordance(scores, families_of(pool.models), 0.05)[chosen.rows]
    assert np.all(np.diff(values) <= 0)
    assert "lack 3 scores or a response" in shortfall(chosen)
    assert chosen.recipe.document()["pool"]["concordance"] == {"min_gap": 0.05, "shrink": 2.0}
    with pytest.raises(UserError, match="min_scores goes with missing: available"):
        Recipe.parse({"pool": {"min_scores": 3}})
    with pytest.raises(UserError, match=r"pool\.concordance\.min_gap"):
        Recipe.parse({"pool": {"concordance": {"min_gap": -1}}})


def test_a_signal_of_that_name_stays_the_signal() -> None:
    signal = np.arange(12.0)
    pool = make_pool(np.random.default_rng(0).normal(size=(5, 12)), signals={"concordance": signal})
    assert gather(pool, PoolSpec(), ResponseSpec(), 0).metric("concordance").tolist() == signal.tolist()


def test_commands_and_the_published_table_have_it(tmp_path: Path) -> None:
    workspace = publish(tmp_path / "written", plain())
    out = tmp_path / "metrics.parquet"
    command = ["metrics", "--out", str(out), "--reward-model", "rm-large", "--workspace", str(workspace.path)]
    assert main([*command, "--min-gap", "0.2", "--shrink", "4"]) == 0
    assert "concordance" in pq.read_table(out).column_names
    assert main([*command, "--min-scores", "2"]) == 1
    assert main([*command, "--min-gap", "nan"]) == 2
    made = small_workspace(tmp_path)
    assert main_of_jobs(["run", "metrics", "--workspace", str(made.path)]) == 0
    build = open_build(made)
    pool = load_pool(build)
    table = build.query("SELECT uuid, concordance FROM metrics WHERE reward_model = 'rm-a' ORDER BY uuid").to_pydict()
    expected = gather(pool, PoolSpec(reward_model="rm-a"), ResponseSpec(), 0)
    assert table["uuid"] == expected.pool.uuids[expected.rows].tolist()
    np.testing.assert_allclose(table["concordance"], expected.metric("concordance"))
    assert np.ptp(table["concordance"]) > 0
    build.close()


def two_families(scores: list[list[float]]) -> Pool:
    return replace(make_pool(np.array(scores)), scores={"rm": np.array(scores)})


def test_ladders_mark_what_says_little() -> None:
    pool = two_families([[1.0, 1.0], [1.0, 2.0], [3.0, 1.0], [3.04, 2.0], [3.01, 3.0]])
    marks = [[ladder.mark for ladder in ladders_of(pool, PoolSpec(), row)] for row in (0, 1)]
    assert marks == [["flat", ""], ["of two", ""]]
    noisy = PoolSpec(concordance=ConcordanceSpec(min_gap=0.05))
    assert [ladder.mark for ladder in ladders_of(pool, noisy, 0)] == ["flat", "flat"]
