"""What Compare measures, against the plainest way to count it."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, kendalltau, spearmanr

from crowdselect.compare.coverage import cluster_coverage, distinct_tags, map_coverage
from crowdselect.compare.effects import cliffs_delta, cramers_v, jensen_shannon
from crowdselect.compare.entries import line_up
from crowdselect.compare.moved import BAR, ELIGIBLE, counts, moved, reason_title
from crowdselect.compare.orders import orders
from crowdselect.compare.ranks_by import ranks_by
from crowdselect.compare.redundancy import nearest_in, redundancy
from crowdselect.compare.sets import intersections
from crowdselect.compare.table import effects_table, kinds, selections_table
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.reasons.why import Why
from crowdselect.reasons.words import REASONS
from crowdselect.recipe import Recipe
from tests.unit.constrained import rich_pool, run
from tests.unit.pools import make_pool, signalled_pools

SELECTIONS = st.lists(st.lists(st.integers(0, 19), unique=True), min_size=1, max_size=17)
VALUES = st.lists(st.one_of(st.integers(0, 5).map(float), st.just(math.nan)), max_size=30).map(np.array)


def spread_pool(rows: int = 120, seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    tags = [list(rng.permutation(["a", "b", "c"])[: rng.integers(0, 3)]) for _ in range(rows)]
    return make_pool(
        rng.normal(size=(5, rows)), clusters=rng.integers(-1, 4, rows), words=rng.integers(1, 30, rows), tags=tags,
        signals={"ifd": rng.choice([np.nan, 0.2, 0.9, 1.4], rows)}, vectors=rng.normal(size=(rows, 6)),
    )  # fmt: skip


def weighted(size: int = 20, **more: object) -> Recipe:
    return Recipe.parse({"select": {"strategy": "weighted", "size": size, **more}})


@given(SELECTIONS)
def test_exact_sets_are_those_of_sets(selections: list[list[int]]) -> None:
    found = intersections([np.array(each, dtype=int) for each in selections], 20)
    patterns: dict[tuple[int, ...], int] = {}
    for row in range(20):
        members = tuple(place for place, each in enumerate(selections) if row in each)
        if members:
            patterns[members] = patterns.get(members, 0) + 1
    assert {each.members: each.rows for each in found} == patterns
    assert [each.rows for each in found] == sorted(patterns.values(), reverse=True)


@given(VALUES, VALUES)
def test_cliffs_delta_counts_pairs(selected: np.ndarray, pool: np.ndarray) -> None:
    pairs = [int(a > b) - int(a < b) for a in selected for b in pool if a == a and b == b]
    found = cliffs_delta(selected, pool)
    assert found == pytest.approx(sum(pairs) / len(pairs)) if pairs else math.isnan(found)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=8))
def test_effect_sizes_of_shares(table: list[tuple[int, int]]) -> None:
    ours, rest = np.array(table).T
    used = (ours + rest) > 0
    if ours.sum() and rest.sum():
        p, q = ours / ours.sum(), rest / rest.sum()
        assert jensen_shannon(p, q) == pytest.approx(float(np.nan_to_num(jensenshannon(p, q, base=2))), abs=1e-7)
        if used.sum() > 1:
            chi2 = chi2_contingency(np.array([ours[used], rest[used]]), correction=False).statistic
            assert cramers_v(ours, rest) == pytest.approx(math.sqrt(chi2 / (ours.sum() + rest.sum())))
    else:
        assert math.isnan(cramers_v(ours, rest))


@given(st.integers(0, 40), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_redundancy_is_the_mean_of_nearest_neighbours(count: int, block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (50, 3)).astype(np.float32)
    vectors[rng.random(50) < 0.1] = np.nan
    rows = rng.permutation(50)[:count]
    kept = [
        vectors[row].astype(float) for row in sorted(rows) if np.isfinite(vectors[row]).all() and vectors[row].any()
    ]
    cosine = [
        max(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for j, b in enumerate(kept) if j != i)
        for i, a in enumerate(kept)
        if len(kept) > 1
    ]
    np.testing.assert_allclose(nearest_in(vectors, rows, block), cosine, atol=1e-6)
    assert redundancy(vectors, rows[::-1], block) == pytest.approx(np.mean(cosine), abs=1e-6) if cosine else True
    assert redundancy(vectors, rows, block) == redundancy(vectors, rows[::-1], block) or not cosine


def test_coverage_counts_cells_and_clusters() -> None:
    pool = make_pool(np.zeros((1, 6)), clusters=np.array([0, 0, 1, 2, -1, 3]))
    points = np.array([[0, 0], [0.1, 0.1], [9, 9], [10, 10], [np.nan, np.nan], [10, 0]], dtype=np.float32)
    pool = Pool(**{**vars(pool), "projections": {"pca": points}})
    among = np.array([0, 1, 2, 3, 4])  # the last row may not be chosen: no cell and no cluster of its own
    assert map_coverage(pool, "pca", among, np.array([0, 1]), cells=10) == 0.5  # cells (0, 0) and (9, 9)
    assert map_coverage(pool, "pca", among, np.array([4]), cells=10) == 0.0
    assert map_coverage(pool, "pca", among, np.array([1, 3]), cells=10) == 1.0
    assert math.isnan(map_coverage(pool, "pca", np.array([4]), np.array([4])))
    assert cluster_coverage(pool.clusterings["c"].codes, among, np.array([0, 1, 4])) == pytest.approx(1 / 3)
    with pytest.raises(UserError, match="Unknown projection 'umap'; this workspace has pca"):
        map_coverage(pool, "umap", among, among)
    tagged = Pool(**{**vars(pool), "tags": {"poem": np.array([0, 2]), "code": np.array([3]), "rare": np.array([5])}})
    assert [distinct_tags(tagged, rows) for rows in (among, among[:3], among[4:])] == [2, 1, 0]


def test_orders_are_scipys() -> None:
    pool = spread_pool()
    recipes = {
        "a": weighted(60),
        "b": weighted(60, weights={"difficulty": 1, "stability": -1}),
        "c": weighted(60, clusters={"name": "c"}),
    }
    sides = line_up(pool, recipes, ["random", "ifd"]).sides
    found = orders(sides)
    for i, j in itertools.combinations(range(len(sides)), 2):
        first, other = (sides.entries[each].selection for each in (i, j))
        both = np.intersect1d(first.rows, other.rows)
        p, q = first.choice.priority, other.choice.priority
        there = ~np.isnan(p) & ~np.isnan(q)
        assert found.pool[i, j] == pytest.approx(spearmanr(p[there], q[there]).statistic)
        assert (found.pool_rows[i, j], found.shared_rows[i, j]) == (there.sum(), len(both))
        order = [[list(each.rows).index(row) for row in both] for each in (first, other)]
        assert found.shared[i, j] == pytest.approx(kendalltau(*order).statistic)


@given(
    pool=signalled_pools(), size=st.integers(1, 12), other=st.integers(1, 12),
    normalize=st.sampled_from(["quantile", "zscore"]),
    weights=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=6, max_size=6),
    clusters=st.sampled_from([None, {"name": "c"}]), missing=st.sampled_from(["complete", "available"]),
)  # fmt: skip
def test_parts_add_up_to_what_a_row_gained_on_the_bar(
    pool: Pool, size: int, other: int, normalize: str, weights: list[float], clusters: dict | None, missing: str
) -> None:
    """The decomposition has no rest: the parts and the bar are the change of (score - the last score taken)."""
    names = ("difficulty", "separability", "ifd")
    first = {"size": size, "weights": dict(zip(names, weights[:3], strict=True))}
    second = {
        "size": other,
        "weights": dict(zip(names, weights[3:], strict=True)),
        "normalize": normalize,
        "clusters": clusters,
    }
    recipes = [
        Recipe.parse({"select": first, "pool": {"missing": "available"}}),
        Recipe.parse({"select": second, "pool": {"missing": missing}}),
    ]
    try:
        sides = line_up(pool, {"first": recipes[0], "other": recipes[1]}).sides
    except UserError:  # fewer rows than that are eligible
        return
    found = moved(sides, 1)
    one, two = (entry.selection for entry in sides.entries)
    assert set(found.rows[found.came_in]) == set(two.rows) - set(one.rows)
    assert set(found.rows[~found.came_in]) == set(one.rows) - set(two.rows)
    for nth, row in enumerate(found.rows if found.exact else ()):
        margins = []
        for each in (one, two):
            place = np.flatnonzero(each.candidates.rows == row)
            if not len(place) or np.isnan(each.choice.priority[place[0]]):
                break
            score = each.choice.score
            spec, bar = each.recipe.select.clusters, score[each.positions[-1]]
            if spec:
                codes = each.candidates.cluster_codes(spec.name)
                inside = [score[at] for at in each.positions if codes[at] == codes[place[0]]]
                bar = min(inside) if inside else bar
            margins.append(score[place[0]] - bar)
        if len(margins) < 2:
            assert found.reasons[nth] == ELIGIBLE
            continue
        assert found.gained[nth] == pytest.approx(margins[1] - margins[0], abs=1e-9)
        if found.reasons[nth] == BAR:
            push = found.parts[nth] if found.came_in[nth] else -found.parts[nth]
            assert (push <= 1e-12).all() or not len(push)
        else:
            column = found.metrics.index(found.reasons[nth])
            assert found.amount[nth] == found.parts[nth, column]
            assert (found.amount[nth] > 0) == found.came_in[nth]
    assert sum(came + went for _, came, went in counts(found)) == len(found)


def test_a_weight_that_grows_is_the_reason() -> None:
    sides = line_up(
        spread_pool(), {"a": weighted(), "b": weighted(weights={"difficulty": 1, "separability": 1, "stability": 9})}
    ).sides
    found = moved(sides, 1)
    assert len(found) > 4
    assert set(found.reasons) <= {"stability", BAR}
    assert found.reasons.count("stability") > len(found) // 2
    column = found.metrics.index("stability")
    np.testing.assert_allclose(found.weight_parts[:, column], found.parts[:, column])  # the values are the same
    # weight x distance from the mean of the rows that either took: 9 instead of 1.5
    z = sides.pool.normalized("stability", "quantile")
    union = sorted({*sides.rows[0].tolist(), *sides.rows[1].tolist()})
    np.testing.assert_allclose(found.parts[:, column], 7.5 * (z[found.rows] - z[union].mean()))


def test_where_not_both_are_weighted_the_selection_that_lacks_it_says_why() -> None:
    pool = spread_pool()
    sides = line_up(pool, {"a": weighted()}, ["length_instruction", "random", "ifd", "instag"]).sides
    found = moved(sides, 1)
    assert (found.exact, found.metrics) == (False, ["difficulty", "length_instruction", "separability", "stability"])
    column = found.metrics.index("length_instruction")
    percentiles = 100 * sides.yardstick.normalized("length_instruction", "rank")
    for nth, row in enumerate(found.rows):
        lacks = sides.rows[0] if found.came_in[nth] else sides.rows[1]
        assert found.parts[nth, column] == pytest.approx(percentiles[row] - percentiles[lacks].mean())
    for place in range(1, 5):
        each = moved(sides, place)
        for nth, row in enumerate(each.rows.tolist()):
            selection = sides.entries[0 if each.came_in[nth] else place].selection
            kind, reason, own = Why(selection).of(row)[0].kind, each.reasons[nth], ranks_by(selection)
            if kind != "rank" or not own:
                assert reason == kind
                assert reason_title(each, reason) == REASONS[kind].title
                continue
            weights = selection.recipe.select.weights if len(own) > 1 else {own[0]: 1}
            part = {name: each.parts[nth, each.metrics.index(name)] for name in own}
            assert reason == min(own, key=lambda name: weights[name] * part[name])
            assert each.amount[nth] == part[reason]
    assert set(moved(sides, 2).reasons) > {"not_drawn"}
    assert "lacks" in moved(sides, 3).reasons  # rows without an ifd


@pytest.mark.parametrize("strategy", ["difficulty", "deita", "mmr", "matched_random", "random", "weighted"])
@pytest.mark.parametrize("said", [None, {"budget": {"max": 250}, "banned": ["u0003"]}])
def test_the_quick_reason_is_the_full_one(strategy: str, said: dict | None) -> None:
    for clusters in (None, {"name": "c", "quota": "sqrt"}):
        document = {"select": {"strategy": strategy, "size": 12, "clusters": clusters}, "constraints": said,
                    "pool": {"missing": "available", "where": [{"field": "n_words", "max": 25}]}}  # fmt: skip
        selection = run(rich_pool(60, 5), document)
        why = Why(selection)
        for row in range(60):
            full = [reason.kind for reason in why.of(row)]
            if full[0] == "free":  # what decides without the constraints decides with them
                full = [reason.kind for reason in why._free.of(row)]
            assert why.kind(row) == full[0]


def test_tables_hold_what_was_counted() -> None:
    pool = spread_pool()
    sides = line_up(pool, {"mine": weighted(clusters={"name": "c"})}, ["random", "length_response"]).sides
    [mine, random, _] = selections_table(sides, "c", None, {"redundancy": [0.1, 0.2, 0.3]})
    assert (mine["jaccard"], mine["rows"], mine["redundancy"]) == (1.0, 20, 0.1)
    both = set(sides.rows[0]) & set(sides.rows[1])
    assert random["shared"] == len(both)
    assert kinds(sides, "c") == ["clusters", "sources", "tags", "models"]
    effects = {(row["selection"], row["of"]): row for row in effects_table(sides, "c")}
    tags = sides.shares("tags")
    inside = set(sides.rows[1].tolist())
    counted = np.array([len(inside & set(pool.tags[tag].tolist())) for tag in tags.names])
    everyone = np.array([len(pool.tags[tag]) for tag in tags.names])
    np.testing.assert_allclose(tags.selected[1], counted / counted.sum())
    assert effects[("Random", "tags")]["jensen_shannon"] == pytest.approx(
        float(jensenshannon(counted, everyone, base=2))
    )
    assert effects[("Random", "tags")]["cramers_v"] == pytest.approx(cramers_v(counted, everyone - counted))
    sources = sides.shares("sources")
    assert (sources.names, sources.counts.sum(axis=1).tolist()) == (["book", "web"], [20, 20, 20])


def test_longest_shortest_and_lowest_export_the_response_that_they_are_named_by() -> None:
    drawn = np.random.default_rng(8)
    pool = make_pool(drawn.normal(size=(4, 40)), words=drawn.integers(1, 30, 40))
    pool = replace(pool, response_words=drawn.integers(0, 50, (4, 40)).astype(np.int32))
    names = ["length_response", "shortest_response", "length_instruction", "shortest_instruction", "lowest_reward"]
    words = np.where(pool.response_words > 0, pool.response_words, np.nan)
    scores = np.where(pool.response_words > 0, pool.scores["rm"], np.nan)
    best = {
        "Longest response": (np.nanmax(words, axis=0), np.nanargmax(words, axis=0)),
        "Shortest response": (-np.nanmin(words, axis=0), np.nanargmin(words, axis=0)),
        "Longest instruction": (pool.instruction_words, np.nanargmax(words, axis=0)),
        "Shortest instruction": (-pool.instruction_words, np.nanargmin(words, axis=0)),
        "Lowest reward": (-pool.scores["rm"].min(axis=0), np.nanargmin(scores, axis=0)),
    }
    recipe = weighted(size=7)
    for entry in line_up(pool, {"mine": recipe}, names).sides.entries[1:]:
        values, models = best[entry.name]
        expected = np.lexsort((np.arange(40), -values))[:7]
        assert entry.selection.rows.tolist() == expected.tolist()
        assert entry.selection.chosen.tolist() == models[expected].tolist()


def test_a_baseline_that_cannot_be_made_is_named_and_the_others_stand() -> None:
    pool = spread_pool()
    bare = Pool(**{**vars(pool), "signals": {"ifd": pool.signals["ifd"]}, "tags": {}, "clusterings": {}})
    line = line_up(bare, {"mine": weighted(80)}, ["direct_score", "instag", "ifd", "crowdselect", "random"])
    assert list(line.left_out) == ["Direct score", "InsTag", "CrowdSelect (paper)"]
    assert "run judge" in line.left_out["Direct score"]
    assert "run tag" in line.left_out["InsTag"]
    assert "run cluster" in line.left_out["CrowdSelect (paper)"]
    assert line.sides.names == ["mine", "IFD", "Random"]
    eligible = int((bare.signals["ifd"] <= 1).sum())
    assert line.shorter["IFD"].startswith(f"{eligible} of 80 rows")
    with pytest.raises(UserError, match="mine: Size 500 cannot be met"):
        line_up(bare, {"mine": weighted(500)})


@pytest.mark.parametrize(
    ("select", "metrics"),
    [
        ({"strategy": "weighted", "weights": {"difficulty": 1, "stability": 0}}, ["difficulty"]),
        ({"strategy": "reward", "by": "min"}, ["reward_min"]),
        ({"strategy": "length", "of": "instruction"}, ["length_instruction"]),
        ({"strategy": "length"}, ["length_response"]),
        ({"strategy": "deita"}, ["reward"]),
        ({"strategy": "mmr"}, ["difficulty", "separability", "stability"]),
        ({"strategy": "mmr", "score": "reward"}, ["reward"]),
        ({"strategy": "k_center"}, []),
        ({"strategy": "ifd"}, ["ifd"]),
        ({"strategy": "instag"}, []),
        ({"strategy": "random"}, []),
    ],
)
def test_what_a_strategy_ranks_by(select: dict, metrics: list[str]) -> None:
    sides = line_up(spread_pool(), {"a": Recipe.parse({"select": {"size": 9, **select}})}).sides
    assert ranks_by(sides.entries[0].selection) == metrics
