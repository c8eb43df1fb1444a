"""Values that differ by rounding alone tie, and ties go by uuid: held to exact numbers, which share no code with us."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from crowdselect.export.pairs_spec import PairSpec
from crowdselect.filters import matching
from crowdselect.metrics.disagreement import disagreement
from crowdselect.pairs import rejected_models
from crowdselect.pool import Pool
from crowdselect.recipe import Filter, PoolSpec, Recipe, ResponseSpec
from crowdselect.selection import gather, select_from
from crowdselect.ties import tied
from tests.golden.conftest import JUDGE, real_pool  # noqa: F401  a fixture
from tests.unit.pools import make_pool

THIRD = 0.1 + 0.2  # 0.30000000000000004


class Roots:
    """A sum of rational multiples of square roots: what a mean of Spearman's rhos with ties is, exactly."""

    def __init__(self) -> None:
        self.parts: dict[int, Fraction] = defaultdict(Fraction)

    def add(self, top: Fraction, square: Fraction) -> None:
        """top / sqrt(square)."""
        inside = square.numerator * square.denominator
        outside, step = 1, 2
        while step * step <= inside:
            while inside % (step * step) == 0:
                inside //= step * step
                outside *= step
            step += 1
        self.parts[inside] += top * square.denominator / (outside * inside)

    def over(self, count: int) -> Fraction:
        """To 60 digits: two that differ at all differ sooner."""
        with localcontext() as context:
            context.prec = 80
            parts = ((Decimal(part.numerator) / part.denominator, root) for root, part in sorted(self.parts.items()))
            value = sum((part * Decimal(root).sqrt() for part, root in parts), Decimal(0)) / count
            return Fraction(round(value, 60))


def exact_stability(row: dict[str, Fraction], families: list[list[tuple[float, str]]]) -> Fraction | None:
    """The mean over families of Spearman's rho between size and score, equal ones at their average rank."""
    total, count = Roots(), 0
    for family in families:
        sizes, scores = [size for size, _ in family], [row[name] for _, name in family]
        middle = Fraction(len(family) + 1, 2)
        ranks = [[_average_rank(each, every) - middle for each in every] for every in (sizes, scores)]
        spreads = [sum(rank * rank for rank in each) for each in ranks]
        if all(spreads):
            total.add(sum((a * b for a, b in zip(*ranks, strict=True)), Fraction(0)), Fraction(spreads[0] * spreads[1]))
            count += 1
    return total.over(count) if count else None


def _average_rank(one: object, every: list) -> Fraction:
    return Fraction(2 * sum(each < one for each in every) + sum(each == one for each in every) + 1, 2)


def exact_quantiles(values: list[Fraction | None]) -> list[Fraction | None]:
    """The average rank on [0, 1], the lowest group at 0 and the highest at 1."""
    there = sorted(value for value in values if value is not None)
    places: dict[Fraction, list[int]] = defaultdict(list)
    for place, value in enumerate(there):
        places[value].append(place)
    scale = {value: Fraction(held[0] + held[-1], 2 * (len(there) - 1)) for value, held in places.items()}
    scale |= {there[-1]: Fraction(1), there[0]: Fraction(0)}
    return [None if value is None else scale[value] for value in values]


@pytest.fixture(scope="module")
def exact(real_pool: Pool) -> tuple[list[str], dict[str, list[Fraction | None]]]:  # noqa: F811
    """uuids of the complete rows, and their metrics on the quantile scale."""
    families: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for model in real_pool.models:
        if model.family and model.params_b is not None:
            families[model.family].append((model.params_b, model.name))
    sized = [sorted(members) for members in families.values() if len({size for size, _ in members}) > 1]
    names = [model.name for model in real_pool.models]
    uuids, metrics = [], defaultdict(list)
    for uuid, column in zip(real_pool.uuids, real_pool.scores[JUDGE].T, strict=True):
        if np.isnan(column).any():
            continue
        row = {name: Fraction(float(score)) for name, score in zip(names, column, strict=True)}
        mean = sum(row.values()) / len(row)
        uuids.append(uuid)
        metrics["difficulty"].append(-mean)
        metrics["separability"].append(sum((score - mean) ** 2 for score in row.values()) / len(row))
        metrics["stability"].append(exact_stability(row, sized))
    return uuids, {name: exact_quantiles(values) for name, values in metrics.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "weights",
    [
        {"difficulty": "1", "separability": "1", "stability": "1.5"},
        {"difficulty": "0.35", "separability": "-1", "stability": "0.1"},
        {
            "difficulty": "0.33333",
            "separability": "1.1",
            "stability": "1",
        },  # more decimals than whole numbers are made of
        {"stability": "1"},
    ],
    ids=str,
)
def test_the_weighted_selection_is_that_of_exact_fractions_at_every_size(
    weights: dict[str, str],
    exact: tuple[list[str], dict[str, list[Fraction | None]]],
    real_pool: Pool,  # noqa: F811
) -> None:
    uuids, scale = exact
    sums = []
    for place in range(len(uuids)):
        parts = [(Fraction(weight), scale[name][place]) for name, weight in weights.items()]
        if all(value is not None for _, value in parts):
            sums.append((-sum(weight * value for weight, value in parts if value is not None), uuids[place]))
    ranked = [uuid for _, uuid in sorted(sums)]
    candidates = gather(real_pool, PoolSpec(), ResponseSpec(), 0)
    floats = {name: float(weight) for name, weight in weights.items()}
    for size in range(1, len(ranked) + 1):
        found = select_from(candidates, Recipe.parse({"select": {"size": size, "weights": floats}}))
        assert found.uuids.tolist() == ranked[:size]


def test_values_are_equal_to_twelve_digits_of_what_entered_them() -> None:
    """A mean of +-30 near 0 is as certain as 30 is; a small number of its own is certain to its own digits."""
    values = np.array([3e-15, 0.0, -2e-15, 1e-9, np.nan, 7e-15])
    assert tied(values, 30.0).tolist()[:4] == [-2e-15, -2e-15, -2e-15, 1e-9]
    assert np.array_equal(tied(values, np.abs(values)), values, equal_nan=True)
    large = np.array([1e9 * THIRD, 1e9 * 0.3, 3.1e8])
    assert tied(large, np.abs(large)).tolist() == [3e8, 3e8, 3.1e8]
    assert tied(np.array([]), np.array([])).tolist() == []
    # one large row does not make the others coarse
    apart = np.array([0.1, 0.1 + 1e-9, 1e15, 1e15 + 1])
    assert tied(apart, np.abs(apart)).tolist() == [0.1, 0.1 + 1e-9, 1e15, 1e15]


def test_tied_groups_neighbours_wherever_they_lie() -> None:
    """No grid: a value and its rounding error are one, also where rounding to decimals would part them."""
    drawn = np.random.default_rng(0)
    exact = drawn.integers(-(10**13), 10**13, 5_000) / 1e13 + 5e-13  # half-way between two values of 12 decimals
    noisy = np.concatenate([exact, exact + drawn.normal(0, 1e-16, 5_000)])
    found = tied(noisy, 1.0)
    assert np.array_equal(found[:5_000], found[5_000:])
    assert len(np.unique(np.round(noisy, 12))) > len(np.unique(np.round(exact, 12))) - 1 > 4_000


METRICS_OF_ONE = ["difficulty", "separability", "reward", "reward_mean", "reward_min"]


@pytest.mark.parametrize("name", METRICS_OF_ONE)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("direction", ["top", "bottom"])
def test_rows_with_the_same_scores_in_another_order_tie(name: str, scale: float, direction: str) -> None:
    """Summed in another order they differ in the last digits, at any scale; and rows that differ do not tie."""
    drawn = np.random.default_rng(5)
    one = drawn.normal(0, 30, 5)
    one -= one.mean()  # a sum near 0
    columns = [drawn.permutation(one) for _ in range(60)] + [one * 1.001 for _ in range(20)]
    order = drawn.permutation(80)
    pool = make_pool(scale * np.array(columns)[order].T)
    candidates = gather(pool, PoolSpec(), ResponseSpec(), 0)
    strategy = {"strategy": "reward", "by": {"reward": "max", "reward_mean": "mean", "reward_min": "min"}.get(name)}
    if not name.startswith("reward"):
        strategy = {"strategy": name}
    found = select_from(candidates, Recipe.parse({"select": {**strategy, "size": 80, "direction": direction}}))
    groups = [np.flatnonzero(order < 60), np.flatnonzero(order >= 60)]
    if name in ("difficulty", "reward_mean"):
        groups = [np.arange(80)]  # both have the mean 0
    assert found.rows.tolist() in ([*np.concatenate(groups)], [*np.concatenate(groups[::-1])])
    quantiles = candidates.normalized(name, "quantile")
    assert len(np.unique(quantiles)) == len(groups)


def test_reward_models_of_one_scale_do_not_disagree() -> None:
    drawn = np.random.default_rng(2)
    scores = drawn.normal(3, 8, (5, 300))
    scores[drawn.random(scores.shape) < 0.1] = np.nan
    for other in (3 * scores + 7, scores / 3 - 1e6, 1e-7 * scores, 0.1 * scores + 0.7):
        pool = replace(make_pool(scores), scores={"rm0": scores, "rm1": other})
        found = disagreement(pool)
        there = ~np.isnan(scores).all(axis=0)
        assert (found[there] == 0).all()
        candidates = gather(pool, PoolSpec(reward_model="rm0", missing="available"), ResponseSpec(), 0)
        document = {"pool": {"reward_model": "rm0"}, "select": {"size": 50, "weights": {"disagreement": 1}}}
        picked = select_from(candidates, Recipe.parse(document))
        assert picked.rows.tolist() == candidates.rows[:50].tolist()  # all tie


@pytest.mark.parametrize("limits", [{"min": 0.3}, {"max": 0.3}, {"min": 0.3, "max": 0.3}], ids=str)
def test_a_limit_is_met_by_what_is_equal_to_it(limits: dict[str, float]) -> None:
    pool = make_pool(np.array([[0.0, 1.0, 0.0]]), signals={"s": np.array([THIRD, 0.3, 3 * 0.1])})
    candidates = gather(pool, PoolSpec(), ResponseSpec(), 0)
    assert matching(candidates, Filter(field="s", **limits)).all()
    strict = {"min": limits["min"] + 1e-9} if "min" in limits else {"max": limits["max"] - 1e-9}
    assert not matching(candidates, Filter(field="s", **strict)).any()


def test_a_margin_is_met_by_what_is_equal_to_it_and_equal_scores_are_no_pair() -> None:
    pool = make_pool(np.array([[0.3, THIRD], [0.1, 0.3]]))  # 0.3 - 0.1 is less than 0.2 by rounding
    against = rejected_models(pool, np.arange(2), np.array([0, 0]), pool.scores["rm"], PairSpec(margin=0.2), 0)
    assert against.tolist() == [1, -1]
    assert rejected_models(pool, np.arange(2), np.zeros(2, int), pool.scores["rm"], PairSpec(), 0).tolist() == [1, -1]


def test_ifd_of_one_stays_and_its_perplexity_does_not() -> None:
    ones = np.array([1.0, 1 + 2e-16, 1 - 1e-16, 1 + 1e-9, 0.5])
    pool = make_pool(np.zeros((1, 5)), signals={"ifd": ones, "ifd_ppl": ones})
    candidates = gather(pool, PoolSpec(), ResponseSpec(), 0)
    for strategy, rows in (("ifd", [0, 1, 2, 4]), ("ifd_ppl", [4])):
        found = select_from(candidates, Recipe.parse({"select": {"strategy": strategy, "size": 5}}))
        assert found.rows.tolist() == rows
