"""What is drawn for one purpose says nothing of what is drawn for another, by the same seed: joint distributions."""

import ast
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from crowdselect.export.pairs_spec import PairSpec
from crowdselect.methods import CURRENT
from crowdselect.pairs import rejected_models
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select
from crowdselect.streams import PURPOSES, stream
from crowdselect.trust.draws import draws
from tests.unit.pools import make_pool

ROWS, MODELS = 20_000, 5
UNLIKELY = 1e-6  # of a p-value, over some twenty tests with fixed seeds


@pytest.fixture(scope="module")
def pool() -> Pool:
    return make_pool(np.random.default_rng(1).normal(size=(MODELS, ROWS)), clusters=np.arange(ROWS) % 7)


def selected(pool: Pool, strategy: str, response: dict[str, object], **more: object) -> Selection:
    document = {"select": {"strategy": strategy, "size": 2_000, "seed": 42, **more}, "response": response}
    return select(pool, Recipe.parse(document))


@pytest.mark.parametrize(("one", "other"), combinations(PURPOSES, 2), ids=str)
def test_two_purposes_draw_apart(one: str, other: str) -> None:
    for seed in (0, 42, 2**63 - 1):
        table = np.histogram2d(stream(one, seed).random(5_000), stream(other, seed).random(5_000), bins=10)[0]
        assert chi2_contingency(table).pvalue > UNLIKELY
    assert stream(one, 7).random() != stream(other, 7).random()


@pytest.mark.parametrize("strategy", ["random", "matched_random"])
@pytest.mark.parametrize("response", [{"choose": "top_k_random", "k": 5}, {"choose": "random"}], ids=str)
def test_drawn_rows_get_every_rank_and_every_model_as_often(
    pool: Pool, strategy: str, response: dict[str, object]
) -> None:
    found = selected(pool, strategy, response)
    ranks = (pool.scores["rm"][:, found.rows] > pool.scores["rm"][found.chosen, found.rows]).sum(axis=0)
    for counted in (ranks, found.chosen):
        assert chisquare(np.bincount(counted, minlength=MODELS)).pvalue > UNLIKELY


@pytest.mark.parametrize("strategy", ["random", "matched_random"])
def test_a_drawn_rejection_goes_neither_by_the_drawn_row_nor_by_the_drawn_response(pool: Pool, strategy: str) -> None:
    found = selected(pool, strategy, {"choose": "random"})
    scores = pool.scores["rm"]
    spec = PairSpec(rejected="random")
    against = rejected_models(pool, found.rows, found.chosen, scores, spec, found.recipe.select.seed)
    lower = (scores[:, found.rows] < scores[found.chosen, found.rows]).sum(axis=0)
    for among in range(2, MODELS):
        mine = lower == among  # rows whose chosen response beats as many others
        place = (scores[:, found.rows] > scores[against, found.rows]).sum(axis=0)[mine] - (MODELS - 1 - among)
        assert chisquare(np.bincount(place - 1, minlength=among)).pvalue > UNLIKELY
        assert chisquare(np.bincount(against[mine], minlength=MODELS)).pvalue > UNLIKELY


def test_a_control_is_not_the_random_selection_of_the_same_seed(pool: Pool) -> None:
    drawn = selected(pool, "random", {"choose": "best"})
    control = selected(pool, "matched_random", {"choose": "best"}, like="difficulty")
    shared = len(np.intersect1d(drawn.rows, control.rows))
    assert abs(shared - 200) < 80  # a tenth of 2,000 by chance


def test_a_drawn_crowd_says_nothing_of_the_drawn_rows(pool: Pool) -> None:
    table = np.zeros((MODELS, 10))
    for seed in range(400):
        recipe = Recipe.parse({"select": {"strategy": "random", "seed": seed}})
        (draw,) = draws(pool, recipe, np.arange(MODELS), ("models",), 1, seed, 0.1)
        first = int(stream("rows", seed).random(10).argmax())
        assert draw.models is not None
        table[draw.models, first] += 1
    assert chi2_contingency(table).pvalue > UNLIKELY


def test_rows_keep_the_plain_seed_and_pairs_theirs() -> None:
    for methods in (CURRENT, {**CURRENT, "streams": 1}):
        assert stream("rows", 42, methods).random() == np.random.default_rng(42).random()
        assert stream("pairs", 42, methods).random() == np.random.default_rng([42, 1]).random()


def test_nothing_draws_but_by_a_purpose() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    seeding = {"default_rng", "RandomState", "seed", "Generator", "PCG64"}
    found = [
        path.name
        for path in (root / "crowdselect").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in seeding
        if "random" in ast.unparse(node.func)
    ]
    assert found == ["streams.py"]
