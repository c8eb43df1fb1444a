"""What trust promises: its bounds hold what another crowd would choose, and no draw is counted for what it is not."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from crowdselect.cli import main
from crowdselect.methods import CURRENT, methods_of
from crowdselect.pool import Model, Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.trust import leave_one_out, robustness
from crowdselect.trust.again import select_again
from crowdselect.trust.draws import Draw, draws
from crowdselect.trust.halves import halves
from crowdselect.trust.redraw import Redraw
from crowdselect.trust.sentences import in_words
from tests.pages.builds import Data, publish
from tests.unit.pools import make_pool

PAPER = {"weights": {"difficulty": 1, "separability": 1, "stability": 1.5}}


def pool_of(scores: np.ndarray, models: list[Model]) -> Pool:
    rows = scores.shape[1]
    return Pool(
        uuids=np.array([f"u{row:04d}" for row in range(rows)], dtype=object),
        models=tuple(models),
        scores={"rm": scores},
        instruction_words=np.ones(rows, dtype=np.int32),
        response_words=np.ones(scores.shape, dtype=np.int32),
        sources=np.full(rows, "web", dtype=object),
    )


def in_families(count: int, of: int = 2) -> list[Model]:
    sizes = [2.0, 20.0, 200.0]
    return [Model(f"f{nth:02d}-{size:g}", f"f{nth:02d}", size) for nth in range(count) for size in sizes[:of]]


def simulated(level: np.ndarray, slope: np.ndarray, rng: np.random.Generator) -> Pool:
    """A crowd of 20 in ten families of two, as likely as any other of its kind on rows of that level and slope."""
    family = 0.7 * rng.normal(size=(10, 1, len(level)))
    scores = level + slope * np.array([-0.5, 0.5])[:, None] + family + rng.normal(size=(10, 2, len(level)))
    return pool_of(scores.reshape(20, -1), in_families(10))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [{"strategy": "difficulty"}, PAPER], ids=["difficulty", "1/1/1.5"])
def test_what_another_crowd_would_choose_lies_between_the_bounds(recipe: dict) -> None:
    truth, low, high, itself = [], [], [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        level, slope = rng.normal(size=300), 0.5 + 0.5 * rng.normal(size=300)
        mine, others = (
            select(simulated(level, slope, rng), Recipe.parse({"select": {"size": 30, **recipe}})) for _ in range(2)
        )
        found = robustness(mine, resamples=16)
        truth.append(alike(mine.rows, others.rows))
        low.append(found.low)
        high.append(found.high)
        itself.append(found.inclusion[mine.rows].mean())
    assert np.mean(low) < np.mean(truth) < np.mean(high)
    assert np.mean(high) - np.mean(low) < 0.25
    assert np.mean(itself) > np.mean(high)  # what a draw shares with the selection that it was drawn from is too much


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return len({*one} & {*other}) / len({*one} | {*other})


def one_family_of_two() -> Pool:
    models = [Model("a-2", "a", 2.0), Model("a-20", "a", 20.0), *(Model(f"lone-{nth}") for nth in range(4))]
    return pool_of(np.random.default_rng(3).normal(size=(6, 60)), models)


def test_draws_that_select_nothing_are_counted_named_and_left_out() -> None:
    pool = one_family_of_two()
    chosen = select(pool, Recipe.parse({"select": {"size": 20, **PAPER}}))
    found = robustness(chosen, resamples=200)
    again = [
        set(select_again(pool, chosen.recipe, draw).rows.tolist())
        for draw in draws(pool, chosen.recipe, np.arange(6), ("models",), 200, 42, 0.1)
    ]
    made = [rows for rows in again if rows]
    assert found.empty == 200 - len(made)
    assert 70 < found.empty < 130  # the two of a family are drawn from themselves: half of the draws hold both
    assert found.inclusion.tolist() == pytest.approx(
        [sum(row in rows for rows in made) / len(made) for row in range(60)]
    )
    assert len(found.pairs) == len(made) - 1
    assert len(found.halves) == 0  # the family is in one half
    said = " ".join(in_words(chosen, found, 0.9))
    assert f"{found.empty} of 200 resamples select nothing and are left out" in said
    assert "need two sizes of one family" in said
    assert "25 of 25 pairs of halves are left out" in said
    assert f"– to {found.high:.3f}" in said
    needed = {mover.name for mover in leave_one_out(chosen, ("models",)) if mover.nothing}
    assert needed == {"a-2", "a-20"}
    everyone = robustness(select(pool, Recipe.parse({"select": {"size": 20, "strategy": "difficulty"}})), resamples=40)
    assert (everyone.empty, everyone.halves_empty) == (0, 0)


@pytest.mark.parametrize(
    ("document", "within"),
    [
        ({"select": PAPER}, True),
        ({"select": {"weights": {"difficulty": 1, "stability": 0}}}, False),
        ({"select": {"strategy": "stability"}}, True),
        ({"select": {"weights": {"concordance": -1}}}, True),
        ({"select": {"strategy": "difficulty"}, "pool": {"where": [{"field": "stability", "min": 0}]}}, True),
        ({"select": {"strategy": "mmr", "score": "stability"}}, True),
        ({"select": {"strategy": "random"}}, False),
    ],
    ids=str,
)
def test_models_are_drawn_within_families_where_sizes_count(document: dict, within: bool) -> None:
    pool = pool_of(np.zeros((9, 3)), [*in_families(2, 3), Model("x-1", "x", 1.0), Model("y"), Model("z")])
    family = np.array([0] * 3 + [1] * 3 + [2] * 3)  # those that cannot be compared are drawn among themselves
    kept = []
    for draw in draws(pool, Recipe.parse(document), np.arange(9), ("models",), 60, 1, 0.1):
        assert draw.models is not None
        assert len(draw.models) == 9
        kept.append(np.bincount(family[draw.models], minlength=3).tolist() == [3, 3, 3])
    assert all(kept) == within
    assert {*Counter(kept)} == ({True} if within else {True, False})


@pytest.mark.parametrize("over", [("models",), ("families",), ("models", "families", "reward-models")])
def test_halves_share_nothing_and_keep_families_whole(over: tuple[str, ...]) -> None:
    models = [*in_families(3, 3), Model("lone")]
    pool = pool_of(np.random.default_rng(0).normal(size=(10, 5)), models)
    for one, other in halves(pool, Recipe(), np.arange(10), over, 20, 5, 0.1):
        assert one.models is not None
        assert other.models is not None
        assert sorted([*one.models, *other.models]) == list(range(10))
        families = [{models[row].family or models[row].name for row in half.models} for half in (one, other)]
        assert not families[0] & families[1]
        assert abs(len(one.models) - len(other.models)) <= 4


@pytest.mark.parametrize("ties", ["average", "original"])
@pytest.mark.parametrize("patterned", [True, False])
def test_a_model_drawn_twice_is_not_compared_with_itself(ties: str, patterned: bool) -> None:
    """However often the two of a family are drawn, bigger wins, loses or ties as when they are drawn once."""
    scores = np.array([[0.0, 1.0, 2.0, 2.0], [1.0, 0.0, 2.0, 1.0]])
    pool = pool_of(np.repeat(scores, 30, axis=1), in_families(1))
    recipe = Recipe.parse({"pool": {"ties": ties}, "select": {"size": 60, "strategy": "stability"}})
    again = Redraw(select(pool, recipe))
    drawn = [Draw(np.array(rows)) for rows in ([0, 1], [0, 0, 1], [0, 1, 1], [0, 0, 0, 1, 1])]
    for draw in drawn:
        judged = again._judged(draw, patterned)
        values = judged.candidates(draw).metric("stability")
        tie = 1.0 if ties == "original" else np.nan
        np.testing.assert_allclose(values, np.repeat([1.0, -1.0, tie, -1.0], 30))
        assert select_again(pool, recipe, draw).candidates.metric("stability").tolist() == pytest.approx(
            values.tolist(), nan_ok=True
        )


FORMER = {  # rows of the core and the start of the digest of their list, by the version that drew the whole crowd
    "average": ({"select": {"size": 40}, "core": {"resamples": 60, "share": 0.3}}, 37, "181dd680c8a34bcb"),
    "original": (
        {"pool": {"ties": "original"}, "select": {"size": 40, "strategy": "stability"},
         "core": {"resamples": 60, "share": 0.25}}, 27, "5f23e8f017624f7b",
    ),
    "no family": (
        {"select": {"size": 40, "weights": {"difficulty": 1, "separability": 1}},
         "core": {"resamples": 60, "share": 0.5}}, 35, "07ffbf2c90d3c113",
    ),
    "families": (
        {"select": {"size": 40}, "core": {"resamples": 60, "share": 0.3, "over": ["models", "families"]}},
        39, "16e62d3af71a5fb2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMER)
def test_a_core_of_old_is_made_again_by_its_recorded_method(name: str) -> None:
    document, size, digest = FORMER[name]
    rng = np.random.default_rng(21)
    scores = np.round(rng.normal(size=(5, 150)) + rng.normal(size=150), 1)
    pool = make_pool(scores, clusters=rng.integers(0, 4, 150))
    rows = select(pool, Recipe.parse(document), methods_of({})).rows.tolist()
    assert (len(rows), hashlib.sha256(str(rows).encode()).hexdigest()[:16]) == (size, digest)
    assert select(pool, Recipe.parse(document), CURRENT).rows.tolist() != rows


def test_the_command_says_the_bounds_and_the_empty_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pool = one_family_of_two()
    models = [(model.name, model.family, model.params_b) for model in pool.models]
    data = Data([f"Instruction {row}" for row in range(60)], models, {"rm": pool.scores["rm"]})
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("{select: {size: 20}}")
    workspace = str(publish(tmp_path / "workspace", data).path)
    assert main(["trust", str(recipe), "--resamples", "40", "--workspace", workspace]) == 0
    said = capsys.readouterr().out
    assert "of 40 resamples select nothing and are left out" in said
    assert "Expected Jaccard with another crowd's selection: – to 0." in said
    assert "models: a-2 1.000 (nothing can be selected), a-20 1.000 (nothing can be selected), lone-" in said
    assert main(["trust", str(recipe), "--over", "families", "--resamples", "40", "--workspace", workspace]) == 0
    assert "of 40 resamples select nothing" in capsys.readouterr().out
