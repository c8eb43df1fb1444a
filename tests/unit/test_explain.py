"""Explanations hold: rank and cut-off agree with the selection, and a turning weight turns it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.explain import explain, turning_weights
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import gather, select_from
from tests.unit.pools import make_pool, pools


@given(pool=pools(), size=st.integers(1, 20), clusters=st.sampled_from([None, {"name": "c"}]))
def test_rank_and_cutoff_agree_with_the_selection(pool: Pool, size: int, clusters: dict | None) -> None:
    recipe = Recipe.parse({"pool": {"missing": "available"}, "select": {"size": size, "clusters": clusters}})
    selection = select_from(gather(pool, recipe.pool, recipe.response, 0), recipe)
    ranks = []
    for row in range(len(pool)):
        found = explain(selection, row)
        assert found.selected == (row in selection.rows)
        assert found.candidate == (row in selection.candidates.rows)
        if found.rank is not None:
            ranks.append(found.rank)
            parts = [standing.part for standing in found.standings if standing.weight]
            np.testing.assert_allclose(sum(parts), found.score, atol=1e-9)
            if clusters is None:
                assert found.selected == (found.rank <= size)
    assert sorted(ranks) == list(range(1, selection.eligible + 1))


def test_a_turning_weight_turns_it() -> None:
    rng = np.random.default_rng(0)
    pool = make_pool(rng.normal(size=(5, 60)))
    recipe = Recipe.parse({"select": {"size": 10}})
    candidates = gather(pool, recipe.pool, recipe.response, 0)
    selection = select_from(candidates, recipe)
    turned = 0
    for row in range(60):
        for metric, weight in turning_weights(selection, row).items():
            weights = {**recipe.select.weights, metric: weight}
            again = select_from(candidates, Recipe.parse({"select": {"size": 10, "weights": weights}}))
            assert (row in again.rows) != (row in selection.rows)
            turned += 1
    assert turned > 60
