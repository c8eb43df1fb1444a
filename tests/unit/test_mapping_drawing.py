"""A shape that was drawn is filters of a recipe: the same rows, with what the legend had hidden."""

import numpy as np
import pytest

from crowdselect.filters import sentence
from crowdselect.listing import rows_where
from crowdselect.mapping.colouring import ColourBy, colouring
from crowdselect.mapping.drawing import drawn
from crowdselect.mapping.lasso import Lasso, rows_inside
from crowdselect.mapping.scales import NONE
from crowdselect.recipe import Filter, PoolSpec, Recipe, ResponseSpec
from crowdselect.selection import gather
from tests.unit.test_mapping_colouring import POOL

EVERYWHERE = ((-1e6, -1e6), (1e6, -1e6), (1e6, 1e6), (-1e6, 1e6))
LEFT = ((-1e6, -1e6), (0.0, -1e6), (0.0, 1e6), (-1e6, 1e6))
LOW = ((-1e6, -1e6), (1e6, -1e6), (1e6, 0.0), (-1e6, 0.0))
SCORED = gather(POOL, PoolSpec(reward_model="rm-a", missing="available"), ResponseSpec(), 0)


def rows(*shape: Filter) -> np.ndarray:
    return rows_where(POOL, shape, SCORED)


@pytest.mark.parametrize("hidden", [{0}, {1, NONE}, {NONE}, {0, 1}])
@pytest.mark.parametrize(
    "colour", [ColourBy("cluster", "k"), ColourBy("source"), ColourBy("tag"), ColourBy("best_model", "", "rm-a")],
    ids=lambda colour: colour.by,
)  # fmt: skip
def test_hidden_categories_are_outside(colour: ColourBy, hidden: set[int]) -> None:
    lasso = Lasso("tsne", EVERYWHERE, colour=colour, hidden=frozenset(hidden))
    expected = rows_inside(POOL, lasso)
    if colour.by == "best_model":  # its rows without a score are in no answer about scores
        expected &= colouring(POOL, colour).codes != NONE
        hidden = hidden - {NONE}
    if hidden:
        assert (rows(*drawn(POOL, (), lasso)) == expected).all()


@pytest.mark.parametrize("name", ["difficulty", "length_instruction"])
@pytest.mark.parametrize(("low", "high"), [(60, 249), (0, 100), (60, 100)])
def test_hidden_numbers_are_outside(name: str, low: int, high: int) -> None:
    hidden = frozenset(set(range(250)) - set(range(low, high + 1)) | {NONE})
    lasso = Lasso("tsne", EVERYWHERE, colour=ColourBy("metric", name, "rm-a"), hidden=hidden)
    expected = rows_inside(POOL, lasso)
    assert expected.any()
    assert (rows(*drawn(POOL, (), lasso)) == expected).all()


def test_shapes_add_up_and_take_away_in_any_order() -> None:
    left, low = (rows_inside(POOL, Lasso("tsne", shape)) for shape in (LEFT, LOW))
    one = drawn(POOL, (), Lasso("tsne", LEFT))
    both = drawn(POOL, one, Lasso("tsne", LOW, "add"))
    less = drawn(POOL, one, Lasso("tsne", LOW, "remove"))
    assert (rows(*both) == left | low).all()
    assert (rows(*less) == left & ~low).all()
    first = drawn(POOL, (), Lasso("tsne", LOW, "remove"))
    assert (rows(*drawn(POOL, first, Lasso("tsne", LEFT, "add"))) == left & ~low).all()
    assert drawn(POOL, both, Lasso("tsne", LOW)) == drawn(POOL, (), Lasso("tsne", LOW))
    assert drawn(POOL, both, Lasso("tsne", ())) == ()
    assert [sentence(each) for each in (*both, *less)] == [
        "inside 2 shapes drawn on tsne", "inside a shape and outside a shape drawn on tsne",
    ]  # fmt: skip


def test_a_shape_in_a_recipe_is_read_back() -> None:
    both = drawn(POOL, drawn(POOL, (), Lasso("tsne", LEFT)), Lasso("tsne", LOW, "add"))
    recipe = Recipe(pool=PoolSpec(where=both))
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    alone = Recipe.parse({"pool": {"where": [{"field": "tsne", "inside": [[0, 0], [1, 0], [1, 1]]}]}})
    assert alone.pool.where[0].inside == (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)


def test_a_range_that_hides_nothing_adds_no_filter() -> None:
    colour = ColourBy("metric", "difficulty", "rm-a")
    plain = drawn(POOL, (), Lasso("tsne", EVERYWHERE))
    assert drawn(POOL, (), Lasso("tsne", EVERYWHERE, colour=colour, hidden=frozenset({250, 254}))) == plain
    assert len(drawn(POOL, (), Lasso("tsne", EVERYWHERE, colour=colour, hidden=frozenset({NONE})))) == 2
