"""Constraints on the real pool: kept to the letter, and free where they do not bind."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from crowdselect.constraints.notes import limits
from crowdselect.constraints.spec import Constraints
from crowdselect.errors import UserError
from crowdselect.pool import Links, Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from precompute.models.near_duplicates import by_minhash
from tests.unit.constrained import broken

CLUSTERS = {"name": "k10", "quota": "equal"}


@pytest.fixture(scope="module")
def whole(real_pool: Pool, alpacaeval: Path) -> Pool:
    """The pool with its embeddings and the near-duplicates among its instructions."""
    zoo = pq.read_table(alpacaeval / "zoo.parquet", columns=["uuid", "instruction"])
    order = np.argsort(np.array(zoo["uuid"].to_pylist(), dtype=object))
    texts = [zoo["instruction"][int(row)].as_py() for row in order]
    one, two, alike = by_minhash(texts, 0.5, 256, 42)
    uuids = (alpacaeval / "reference" / "embeddings_uuids.txt").read_text().split()
    vectors = np.full((len(real_pool), 384), np.nan, dtype=np.float32)
    matrix = np.load(alpacaeval / "reference" / "embeddings.npy", allow_pickle=False)
    vectors[[real_pool.row_of[uuid] for uuid in uuids]] = matrix
    links = {"minhash": Links(np.stack([one, two], axis=1), alike, 0.5)}
    return replace(real_pool, vectors=lambda name: vectors, duplicates=links)


def recipe(size: int, constraints: dict | None = None, **keys: object) -> Recipe:
    chosen = {"strategy": "weighted", "size": size, "clusters": CLUSTERS, **keys}
    return Recipe.parse({"pool": {"ties": "original"}, "select": chosen, "constraints": constraints})


@pytest.mark.parametrize(
    "keys", [{}, {"clusters": None}, {"strategy": "deita", "clusters": None}, {"strategy": "stability"}]
)
def test_what_does_not_bind_changes_no_row(whole: Pool, keys: dict) -> None:
    loose = {"budget": {"max": 10**7}, "shares": [{"by": "cluster", "clustering": "k10", "max": 1, "min": 0}]}
    assert list(select(whole, recipe(100, loose, **keys)).uuids) == list(select(whole, recipe(100, **keys)).uuids)


def test_all_of_them_at_once(whole: Pool) -> None:
    free = select(whole, recipe(100))
    said: dict = {
        "pinned": [str(whole.uuids[3])], "banned": [str(uuid) for uuid in free.uuids[:5]],
        "budget": {"max": 30_000}, "distance": {"min": 0.35}, "duplicates": {"by": "minhash", "threshold": 0.6},
        "shares": [{"by": "model", "max": 0.2}, {"by": "cluster", "clustering": "k10", "max": 0.12, "min": 0.05}],
    }  # fmt: skip
    bound = select(whole, recipe(100, said))
    by_row = np.full(len(whole), -1)
    by_row[bound.candidates.rows] = bound.candidates.chosen
    linear = Constraints.model_validate({**said, "shares": said["shares"][:1]})  # the judge knows one clustering, `c`
    assert len(broken(whole, free.rows, by_row, linear)) >= 4, "each of them binds here"
    assert broken(whole, bound.rows, by_row, linear) == []
    counts = np.bincount(whole.clusterings["k10"].codes[bound.rows], minlength=10)
    assert counts.min() >= 5
    assert counts.max() <= 12
    score, best = bound.choice.score, free.choice.score
    assert score is not None
    assert best is not None
    assert score[bound.positions].mean() > 0.9 * best[free.positions].mean(), "hardly worse than the free selection"


@pytest.fixture(scope="module")
def sourced(real_pool: Pool, alpacaeval: Path) -> Pool:
    """The pool with the source of each instruction: five of them."""
    with gzip.open(alpacaeval / "responses.jsonl.gz", "rt") as lines:
        source = {row["instruction_id"]: row["source"] for row in map(json.loads, lines)}
    return replace(real_pool, sources=np.array([source[uuid] for uuid in real_pool.uuids], dtype=object))


@pytest.mark.parametrize(("asked", "possible"), [(99, 95), (199, 195), (301, 300), (100, 100)])
@pytest.mark.parametrize("strategy", ["weighted", "random"])
def test_a_fifth_of_each_source(sourced: Pool, strategy: str, asked: int, possible: int) -> None:
    """As many rows as five times the whole part of a fifth, which halving does not find."""
    document = {
        "select": {"strategy": strategy, "size": asked}, "constraints": {"shares": [{"by": "source", "max": 0.2}]},
    }  # fmt: skip
    if asked == possible:
        assert len(select(sourced, Recipe.parse(document))) == possible
        return
    with pytest.raises(UserError, match=rf"leaves {possible} of {asked} rows; .*lower the size to {possible}\."):
        select(sourced, Recipe.parse(document))


def test_a_size_that_cannot_be_met_names_the_budget(whole: Pool) -> None:
    with pytest.raises(
        UserError, match=r"The budget of 2,000 words leaves (\d+) of 100 rows; raise the budget to [\d,]+"
    ):
        select(whole, recipe(100, {"budget": {"max": 2_000}}))


def test_the_control_of_the_longest_selection_is_as_long(whole: Pool) -> None:
    controlled = select(whole, recipe(100))
    control = select(whole, recipe(100, strategy="matched_random", like="weighted", seed=3))
    words = [np.sort(each.candidates.metric("length_response")[each.positions]) for each in (controlled, control)]
    assert len(set(control.uuids) & set(controlled.uuids)) < 10, "its own rows only where there are no others"
    quantiles = [np.quantile(each, np.linspace(0.1, 0.9, 9), method="lower") for each in words]
    np.testing.assert_allclose(quantiles[0], quantiles[1], rtol=0.12)
    random = select(whole, recipe(100, strategy="random", clusters=None, seed=3))
    apart = [
        abs(np.mean(words[0]) - np.mean(each))
        for each in (words[1], random.candidates.metric("length_response")[random.positions])
    ]
    assert apart[0] < apart[1]


def test_both_ways_to_fill_a_budget_keep_the_quota(whole: Pool) -> None:
    """Clusters give 10 each also where cheap rows come in; and the best that fit are fewer, and better."""
    free = select(whole, recipe(100))
    codes, rows_of, means = whole.clusterings["k10"].codes, {}, {}
    for fill in ("size", "best"):
        filled = select(whole, recipe(100, {"budget": {"max": 12_000, "fill": fill}}))
        cost = filled.candidates.metric("length_instruction") + filled.candidates.metric("length_response")
        assert cost[filled.positions].sum() <= 12_000
        assert len(limits(filled)) == (fill == "best")
        counts = np.bincount(codes[filled.rows], minlength=10)
        assert counts.max() <= -(-len(filled) // 10), "the equal quota of as many rows as there are"
        assert filled.choice.score is not None
        rows_of[fill], means[fill] = set(filled.uuids), filled.choice.score[filled.positions].mean()
    assert len(rows_of["size"]) == 100 > len(rows_of["best"])
    assert means["best"] > means["size"]
    assert rows_of["best"] <= set(free.uuids), "rows of the free selection, until the budget is spent"
