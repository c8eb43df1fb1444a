"""The way through a pool: every row once, the selection first, and the ladders of one row."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.explain import explain
from crowdselect.figures.ladders import ladders
from crowdselect.figures.percentiles import Place, percentiles
from crowdselect.ladders import Ladder, ladders_of
from crowdselect.listing import in_order, near_in_order, on_side, place_of, ranking, rows_where, value_of
from crowdselect.pool import Model, Pool
from crowdselect.recipe import Filter, PoolSpec, Recipe
from crowdselect.selection import Selection, gather, select_from

SIZES = (1.0, 3.0, 9.0)


def pool(rows: int = 40, gaps: bool = False) -> Pool:
    draw = np.random.default_rng(0)
    models = tuple(Model(f"{family}-{size:g}", family, size) for family in ("a", "b") for size in SIZES)
    scores = draw.normal(size=(len(models), rows))
    if gaps:
        scores[0, ::4] = np.nan
    return Pool(
        uuids=np.array([f"u{row:03d}" for row in range(rows)], dtype=object), models=models, scores={"rm": scores},
        instruction_words=np.arange(rows, dtype=np.int32), response_words=np.ones(scores.shape, dtype=np.int32),
        sources=np.array(["odd" if row % 2 else "even" for row in range(rows)], dtype=object),
        tags={"third": np.arange(0, rows, 3)},
    )  # fmt: skip


def selection(pool: Pool, **select: object) -> Selection:
    recipe = Recipe.parse({"select": {"size": 10, **select}})
    return select_from(gather(pool, recipe.pool, recipe.response, 0), recipe)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("strategy", ["weighted", "difficulty", "random"])
def test_every_row_once_and_the_selection_first(strategy: str, gaps: bool) -> None:
    chosen = selection(pool(gaps=gaps), strategy=strategy)
    standing = ranking(chosen)
    assert sorted(standing.order) == list(range(40))
    assert standing.order[:10].tolist() == chosen.rows.tolist()
    assert np.flatnonzero(standing.selected).tolist() == sorted(chosen.rows)
    assert (standing.rank == 0).sum() == 40 - chosen.eligible


@pytest.mark.parametrize("gaps", [False, True])
def test_ranks_are_those_of_the_explanation(gaps: bool) -> None:
    chosen = selection(pool(gaps=gaps))
    standing = ranking(chosen)
    for row in range(40):
        why = explain(chosen, row)
        assert (why.rank or 0) == standing.rank[row]
        assert why.selected == standing.selected[row]
        assert why.score == standing.score[row] or (why.score != why.score and np.isnan(standing.score[row]))


def test_conditions_are_met_by_all_rows_and_not_only_candidates() -> None:
    everyone = pool(gaps=True)
    long_and_odd = [Filter(field="n_words", min=30), Filter.model_validate({"field": "source", "in": ["odd"]})]
    assert np.flatnonzero(rows_where(everyone, long_and_odd)).tolist() == [31, 33, 35, 37, 39]
    tagged = rows_where(everyone, [Filter.model_validate({"field": "tag", "in": ["third"]})])
    assert np.flatnonzero(tagged).tolist() == list(range(0, 40, 3))


def test_sides_and_places() -> None:
    standing = ranking(selection(pool()))
    chosen, others = (in_order(standing, on_side(standing, side)) for side in ("selected", "not_selected"))
    assert [*chosen, *others] == standing.order.tolist()
    assert on_side(standing, "all").all()
    assert place_of(others, int(others[3])) == 3
    assert place_of(others, int(chosen[0])) is None


def test_near_rows_keep_their_order() -> None:
    keep = np.arange(40) % 2 == 0
    rows, likeness = near_in_order(pool(), [("u004", 0.9), ("u003", 0.8), ("u002", 0.7)], keep)
    assert (rows.tolist(), likeness.tolist()) == ([4, 2], [0.9, 0.7])
    assert near_in_order(pool(), [], keep)[0].tolist() == []


def test_values_of_what_is_no_candidate_are_missing() -> None:
    chosen = selection(pool(gaps=True))
    values = value_of(chosen, "difficulty", np.array([0, 1]))
    assert np.isnan(values[0])
    assert values[1] == -chosen.candidates.pool.scores["rm"][:, 1].mean()


def test_ladders_leave_out_what_has_no_score() -> None:
    everyone = pool(gaps=True)
    first, second = ladders_of(everyone, PoolSpec(), 0)
    assert (first.models, list(first.sizes)) == (["a-3", "a-9"], [3.0, 9.0])
    assert list(second.scores) == everyone.scores["rm"][3:, 0].tolist()
    assert first.rho in (-1.0, 1.0)


def test_a_family_whose_scores_lie_close_beside_the_others_is_flat() -> None:
    everyone = pool()
    everyone.scores["rm"][:, 0] = [1.0, 1.0001, 1.0002, 1.0, 1.5, 2.0]
    assert [(one.family, one.mark) for one in ladders_of(everyone, PoolSpec(), 0)] == [("a", "flat"), ("b", "")]


def test_the_mean_of_the_ladders_is_the_stability() -> None:
    chosen = selection(pool())
    for row in range(40):
        rhos = [one.rho for one in ladders_of(chosen.candidates.pool, PoolSpec(), row)]
        assert np.mean(rhos) == pytest.approx(value_of(chosen, "stability", np.array([row]))[0])


@given(st.lists(st.text(max_size=60), min_size=1, max_size=14), st.floats(-1, 1) | st.just(float("nan")))
def test_no_name_becomes_markup(names: list[str], rho: float) -> None:
    shown = [Ladder(name, names[:2], [1.0, 7.0], [0.1, rho if rho == rho else 0.0], rho) for name in names]
    places = [Place(name, name, rho, True) for name in names]
    for figure in (ladders(shown), ladders(shown, 2), percentiles(places)):
        drawn = json.loads(figure.to_json())
        text = json.dumps([drawn["data"], {**drawn["layout"], "template": None}])
        assert "<" not in text.replace("<extra></extra>", "")


def test_no_ladder_is_still_a_chart() -> None:
    assert len(ladders([]).to_dict()["data"]) == 0
    assert len(percentiles([]).to_dict()["data"]) == 2
