"""MMR, k-center and facility location against plain loops and against every choice there is."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from crowdselect.errors import UserError
from crowdselect.normalize import normalized
from crowdselect.pool import Pool
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select, select_from
from crowdselect.strategies import apart, embedded, neighbours
from tests.unit.pools import make_pool, signalled_pools

STRATEGIES = ["mmr", "k_center", "facility_location"]
SPREADS = [None, *({"name": "c", "quota": quota} for quota in QUOTAS)]
SHARES = [0.0, 0.3, 0.7, 1.0]


def run(pool: Pool, strategy: str, size: int, **select_keys: object) -> Selection:
    document = {"pool": {"missing": "available"}, "select": {"strategy": strategy, "size": size, **select_keys}}
    made = Recipe.parse(document)
    return select_from(gather(pool, made.pool, made.response, made.select.seed), made)


def points(n: int, dim: int, seed: int = 0) -> Pool:
    """A pool of random vectors in a few groups, with random scores."""
    drawn = np.random.default_rng(seed)
    centres = drawn.normal(size=(max(n // 8, 1), dim))
    vectors = centres[drawn.integers(0, len(centres), n)] + drawn.normal(0, 0.5, (n, dim))
    return make_pool(drawn.normal(size=(3, n)), vectors=vectors)


def cosines(pool: Pool, rows: np.ndarray) -> np.ndarray:
    """(n, n), the textbook's way."""
    assert pool.vectors is not None
    wide = pool.vectors(None)[rows].astype(np.float64)
    return np.round((wide @ wide.T) / np.outer(np.linalg.norm(wide, axis=1), np.linalg.norm(wide, axis=1)), 6)


def usable(found: Selection, score: str | None) -> np.ndarray:
    """The candidates that have a direction and, where it is asked for, a score."""
    assert found.candidates.pool.vectors is not None
    vectors = found.candidates.pool.vectors(None)[found.candidates.rows]
    there = np.isfinite(vectors).all(axis=1) & (vectors != 0).any(axis=1)
    return np.flatnonzero(there if score is None else there & ~np.isnan(found.candidates.metric(score)))


def plainly(found: Selection, rows: np.ndarray, worth: Callable[[int, list[int]], float]) -> list[int]:
    """Takes the row that is worth most, the first of equal ones, one by one; under the quotas while that can be."""
    spec, candidates = found.recipe.select, found.candidates
    left: dict[int, int] | None = None
    if spec.clusters is not None:
        codes = candidates.cluster_codes("c")
        names, members = np.unique(codes[codes >= 0], return_counts=True)
        left = dict(zip(names.tolist(), QUOTAS[spec.clusters.quota](spec.size, members).tolist(), strict=True))
    taken: list[int] = []
    while len(taken) < min(spec.size, len(rows)):
        rest = [place for place in range(len(rows)) if place not in taken]
        may = rest if left is None else [place for place in rest if left.get(int(codes[rows[place]]), 0) > 0]
        if not may:
            left, may = None, rest
        best = max(may, key=lambda place: (worth(place, taken), -place))
        taken.append(best)
        if left is not None:
            left[int(codes[rows[best]])] -= 1
    return [int(rows[place]) for place in taken]


@given(
    pool=signalled_pools(), size=st.integers(1, 25), share=st.sampled_from(SHARES), spread=st.sampled_from(SPREADS),
    score=st.sampled_from(["separability", "ifd"]), steps=st.sampled_from([(1, 1), (2, 3), (1024, 256)]),
)  # fmt: skip
def test_mmr_is_its_plain_loop(
    pool: Pool, size: int, share: float, spread: dict | None, score: str, steps: tuple[int, int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "AHEAD", steps[0])
        patch.setattr(apart, "TAKINGS", steps[1])
        found = run(pool, "mmr", size, trade_off=share, score=score, clusters=spread)
    rows = usable(found, score)
    near = cosines(pool, found.candidates.rows[rows])
    scores = normalized(found.candidates.tied(score), "quantile")[rows]

    def worth(place: int, taken: list[int]) -> float:
        return round(share * scores[place] - (1 - share) * near[place, taken].max(), 12) if taken else scores[place]

    assert found.positions.tolist() == plainly(found, rows, worth)


@given(
    pool=signalled_pools(), size=st.integers(1, 25), share=st.sampled_from(SHARES), spread=st.sampled_from(SPREADS),
    steps=st.sampled_from([(1, 1), (2, 3), (1024, 256)]),
)  # fmt: skip
def test_k_center_is_its_plain_loop(
    pool: Pool, size: int, share: float, spread: dict | None, steps: tuple[int, int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "AHEAD", steps[0])
        patch.setattr(apart, "TAKINGS", steps[1])
        found = run(pool, "k_center", size, score_weight=share, score="direct_score", clusters=spread)
    rows = usable(found, "direct_score" if share else None)
    near = cosines(pool, found.candidates.rows[rows])
    scores = normalized(normalized(found.candidates.metric("direct_score"), "quantile"), "minmax")[rows]
    weights = 1 - share + share * scores if share else np.ones(len(rows))
    assert pool.vectors is not None
    vectors = pool.vectors(None)[found.candidates.rows[rows]].astype(np.float64)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    mean = units.sum(axis=0)
    mean = mean / np.linalg.norm(mean) if np.linalg.norm(mean) > 1e-9 else np.zeros_like(mean)
    middle = np.round(units @ mean, 6)

    def worth(place: int, taken: list[int]) -> float:
        if not taken:
            return middle[place]
        return weights[place] * np.sqrt(max(2 - 2 * near[place, taken].max(), 0.0))

    assert found.positions.tolist() == plainly(found, rows, worth)


@given(
    pool=signalled_pools(), size=st.integers(1, 25), share=st.sampled_from(SHARES), spread=st.sampled_from(SPREADS)
)  # fmt: skip
def test_lazy_facility_location_is_the_plain_greedy(pool: Pool, size: int, share: float, spread: dict | None) -> None:
    found = run(pool, "facility_location", size, score_weight=share, score="direct_score", clusters=spread)
    rows = usable(found, "direct_score" if share else None)
    scores = normalized(normalized(found.candidates.metric("direct_score"), "quantile"), "minmax")[rows]
    weights = 1 - share + share * scores if share else np.ones(len(rows))
    alike = np.maximum(cosines(pool, found.candidates.rows[rows]), 0) * weights[:, None]

    def added(place: int, taken: list[int]) -> float:
        before = alike[:, taken].max(axis=1) if taken else np.zeros(len(rows))
        return round(float(np.maximum(alike[:, place] - before, 0).sum()), 4)

    taken = [int(np.flatnonzero(rows == position)[0]) for position in found.positions]
    assert len(taken) == min(size, len(rows))
    if spread is None:  # near ties fall as the similarities' last digits say, so each is judged by what it adds
        for count, place in enumerate(taken):
            best = max(added(other, taken[:count]) for other in range(len(rows)) if other not in taken[:count])
            assert added(place, taken[:count]) >= best - 1e-3
    assert found.choice.score is not None
    for count, place in enumerate(taken):
        assert found.choice.score[rows[place]] == pytest.approx(added(place, taken[:count]), abs=1e-3)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), n=st.integers(3, 12), k=st.integers(1, 5))
def test_facility_location_has_its_share_of_the_best_there_is(seed: int, n: int, k: int) -> None:
    pool, k = points(n, 3, seed), min(k, n)
    alike = np.maximum(cosines(pool, np.arange(n)), 0)
    found = alike[:, run(pool, "facility_location", k).rows].max(axis=1).sum()
    best = max(alike[:, list(some)].max(axis=1).sum() for some in combinations(range(n), k))
    assert found >= (1 - 1 / np.e) * best


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), n=st.integers(3, 12), k=st.integers(1, 5))
def test_k_center_leaves_at_most_twice_the_least_radius(seed: int, n: int, k: int) -> None:
    pool, k = points(n, 3, seed), min(k, n)
    apart_by = np.sqrt(np.maximum(2 - 2 * cosines(pool, np.arange(n)), 0))
    found = apart_by[:, run(pool, "k_center", k).rows].min(axis=1).max()
    best = min(apart_by[:, list(some)].min(axis=1).max() for some in combinations(range(n), k))
    assert found <= 2 * best + 2e-3  # a cosine is certain to six decimals, near 1 its distance to three


@pytest.mark.parametrize("strategy", STRATEGIES)
@settings(max_examples=20)
@given(pool=signalled_pools(), small=st.integers(1, 25), large=st.integers(1, 25))
def test_a_smaller_size_is_the_beginning_of_a_larger_one(strategy: str, pool: Pool, small: int, large: int) -> None:
    small, large = sorted((small, large))
    few, many = (run(pool, strategy, size).uuids.tolist() for size in (small, large))
    assert few == many[: len(few)]


def test_products_are_exact_whatever_the_order_of_summing() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 384)).astype(np.float32)
    units, good = embedded.in_steps(vectors)
    assert good.all()
    whole = [[int(value) for value in row] for row in units]
    exact = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in whole] for one in whole]
    assert (units @ units.T).astype(object).tolist() == exact
    order = np.random.default_rng(1).permutation(384)
    np.testing.assert_array_equal(units[:, order] @ units[:, order].T, units @ units.T)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_threads_and_blocks_decide_nothing(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = points(1500, 48)
    monkeypatch.setattr(neighbours, "EDGES", 1500 * 20)
    with threadpool_limits(2):
        many = run(pool, strategy, 300)
    monkeypatch.setattr(embedded, "AT_ONCE", 77)
    monkeypatch.setattr(apart, "AT_ONCE", 1000)
    monkeypatch.setattr(apart, "AHEAD", 50)
    monkeypatch.setattr(neighbours, "AT_ONCE", 100)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", 3)
    with threadpool_limits(1):
        one = run(pool, strategy, 300)
    assert many.uuids.tolist() == one.uuids.tolist()
    np.testing.assert_array_equal(many.choice.priority, one.choice.priority)
    np.testing.assert_array_equal(many.choice.score, one.choice.score)


def test_the_nearest_rows_alone_choose_about_as_well_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = points(1200, 32)
    alike = np.maximum(cosines(pool, np.arange(1200)), 0)
    of_all = run(pool, "facility_location", 60).rows
    monkeypatch.setattr(neighbours, "EDGES", 1200 * 15)
    monkeypatch.setattr(neighbours, "LOOKED_AT", 8)
    of_near = run(pool, "facility_location", 60).rows
    assert of_near.tolist() != of_all.tolist()
    values = [alike[:, rows].max(axis=1).sum() for rows in (of_near, of_all, np.arange(60))]
    assert values[0] >= 0.97 * values[1] > values[2]


@given(n=st.integers(1, 60), edges=st.integers(1, 400), seed=st.integers(0, 2**32))
def test_every_row_stands_for_itself_and_for_whom_it_says(n: int, edges: int, seed: int) -> None:
    units, _ = embedded.in_steps(np.random.default_rng(seed).normal(size=(n, 4)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "EDGES", edges)
        patch.setattr(neighbours, "LOOKED_AT", 2)
        near = neighbours.neighbours(units, np.ones(n))
    products = np.rint(units @ units.T * (neighbours.FINENESS / embedded.STEPS**2))
    most = min(n, max(edges // n, 1))
    for row in range(n):
        rows, similarity = near.of(row)
        assert row in rows
        assert len(set(rows.tolist())) == len(rows)
        np.testing.assert_array_equal(similarity, products[rows, row])
    assert np.bincount(near.rows, minlength=n).max() <= most


def test_many_equal_rows_are_taken_without_a_walk_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    updates = []
    monkeypatch.setattr(apart, "_bring_up_to_date", lambda near, units, fresh: updates.append(near.fill(2.0**52)))
    pool = make_pool(np.zeros((1, 3000)), vectors=np.ones((3000, 4)))
    for strategy in ("mmr", "k_center"):
        updates.clear()
        found = run(pool, strategy, 600, **({"score": "difficulty"} if strategy == "mmr" else {}))
        assert found.uuids.tolist() == [f"u{row:04d}" for row in range(600)]
        assert len(updates) <= 5


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rows_without_a_direction_or_a_score_that_counts_are_left_out(strategy: str) -> None:
    vectors = np.array([[1, 0], [np.nan, 1], [0, 0], [0, 1], [np.inf, 0], [1, 1]])
    quality = np.array([1.0, 2, 3, np.nan, 5, 0])
    pool = make_pool(np.zeros((1, 6)), vectors=vectors, signals={"quality": quality})
    with_score = {"score": "quality"} if strategy == "mmr" else {"score": "quality", "score_weight": 0.5}
    assert sorted(run(pool, strategy, 6, **with_score).uuids) == ["u0000", "u0005"]
    if strategy != "mmr":
        assert sorted(run(pool, strategy, 6).uuids) == ["u0000", "u0003", "u0005"]
    nothing = make_pool(np.zeros((1, 3)), vectors=np.full((3, 2), np.nan))
    assert len(run(nothing, strategy, 2, score="difficulty")) == 0


def test_what_the_trade_off_and_the_weight_are_for() -> None:
    """Three good rows that say the same, and three poor ones that differ."""
    vectors = np.array([[1, 0, 0], [1, 0.01, 0], [1, 0.02, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]])
    pool = make_pool(np.zeros((1, 6)), vectors=vectors, signals={"q": np.array([9.0, 8, 7, 1, 2, 3])})
    assert run(pool, "mmr", 3, score="q", trade_off=1.0).uuids.tolist() == ["u0000", "u0001", "u0002"]
    assert run(pool, "mmr", 3, score="q", trade_off=0.3).uuids.tolist() == ["u0000", "u0005", "u0004"]
    assert run(pool, "k_center", 4).uuids.tolist()[1] == "u0005"
    assert run(pool, "k_center", 2, score="q", score_weight=1.0).uuids.tolist()[1] in ("u0004", "u0005")
    few = make_pool(np.zeros((1, 3)), vectors=vectors[[0, 1, 3]], signals={"q": np.array([1.0, 1, 9])})
    assert run(few, "facility_location", 1).uuids.tolist() == ["u0001"]
    assert run(few, "facility_location", 1, score="q", score_weight=1.0).uuids.tolist() == ["u0002"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_missing_is_named(strategy: str) -> None:
    with pytest.raises(UserError, match=r"no embeddings.* `python -m precompute run embed`"):
        run(make_pool(np.zeros((2, 4))), strategy, 2)
    weight = {} if strategy == "mmr" else {"score_weight": 0.5}
    with pytest.raises(UserError, match="Unknown metric 'x'; choose one of difficulty"):
        run(points(4, 2), strategy, 2, score="x", **weight)


def test_a_size_that_cannot_be_met_says_what_keeps_rows_out() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [np.nan, 1]])
    pool = make_pool(np.zeros((1, 4)), vectors=vectors)
    of = {"select": {"size": 4, "strategy": "k_center"}}
    with pytest.raises(UserError, match=r"3 of 4 .*1 have no embedding"):
        select(pool, Recipe.parse(of))
    of["select"]["strategy"] = "deita"
    with pytest.raises(UserError, match=r"2 of 4 .*1 resemble a row that comes before them; 1 have no embedding"):
        select(pool, Recipe.parse(of))
