"""Budgets are never exceeded, quotas are kept or named, and both ways to fill a budget do what they say."""

from math import ceil, floor, sqrt

import numpy as np
import pytest

from crowdselect.constraints.spec import Constraints
from crowdselect.errors import UserError
from crowdselect.notes import notes
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select
from crowdselect.strategies import STRATEGIES
from tests.unit.constrained import broken, cost, rich_pool, run
from tests.unit.test_largest import keeps, some

# the signals of the judged and language-model strategies are what they are elsewhere, too
NAMES = [name for name in STRATEGIES if name not in ("ifd", "ifd_ppl", "direct_score", "matched_random")]


def quotas(rule: str, size: int, members: list[int]) -> list[int]:
    """Written again: equal is size / k rounded up, the others by largest remainder, the first of equal ones first."""
    if rule == "equal":
        return [ceil(size / max(len(members), 1))] * len(members)
    weights = [count if rule == "proportional" else sqrt(count) for count in members]
    exact = [size * weight / sum(weights) for weight in weights]
    found = [floor(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda nth: (-round(exact[nth] - found[nth], 9), nth))
    for nth in by_rest[: size - sum(found)]:
        found[nth] += 1
    return found


def allowed(pool: Pool, rule: str, size: int) -> dict[int, int]:
    """The most rows of each cluster, none of rows without one."""
    codes = pool.clusterings["c"].codes
    labels = sorted(set(codes.tolist()) - {-1})
    return dict(zip(labels, quotas(rule, size, [int((codes == label).sum()) for label in labels]), strict=True)) | {
        -1: 0
    }


def above(pool: Pool, selection: Selection, rule: str) -> dict[int, tuple[int, int]]:
    """cluster -> how many rows it gives and its quota, where that is less."""
    most = allowed(pool, rule, len(selection))
    codes = pool.clusterings["c"].codes[selection.rows].tolist()
    return {
        label: (codes.count(label), most[label]) for label in sorted(set(codes)) if codes.count(label) > most[label]
    }


@pytest.mark.parametrize("recipes", [100, pytest.param(400, marks=pytest.mark.slow)])
def test_random_recipes_keep_budgets_and_quotas_or_say_so(recipes: int) -> None:
    draw = np.random.default_rng(recipes)
    named = kept = short = 0
    for nth in range(recipes):
        n = int(draw.integers(3, 11))
        pool, said, size = rich_pool(n, nth), some(draw, n), int(draw.integers(1, n + 1))
        if draw.random() < 0.5:
            said["shares"] = []
        unit, of = draw.choice(["words", "tokens"]), draw.choice(["pair", "instruction", "response"])
        fill = str(draw.choice(["size", "best"]))
        said["budget"] = {"max": int(draw.integers(5, 40 * size)), "unit": str(unit), "of": str(of), "fill": fill}
        rule = str(draw.choice(["equal", "proportional", "sqrt"]))
        spread = {"name": "c", "quota": rule}
        keys = {"strategy": str(draw.choice(NAMES)), "size": size, "clusters": spread, "seed": nth}
        try:
            selection = run(pool, {"select": keys, "constraints": said})
        except UserError:
            continue  # such as a tag that no row of so small a pool has
        if not len(selection):
            continue
        wanted, chosen = Constraints.model_validate(said), selection.candidates.chosen
        assert broken(pool, selection.rows, chosen, wanted) == [], (nth, keys, said)
        over, words = above(pool, selection, rule), " ".join(notes(selection))
        assert ("gave way" in words) == bool(over), (words, over)
        for label, (count, most) in over.items():
            assert f"{'no cluster' if label < 0 else f'cluster {label}'} gives {count} ({most})" in words
        if len(selection) < size and fill == "best":
            short += 1
            spent = sum(cost(pool, row, chosen[row], wanted) for row in selection.rows)
            assert f"{len(selection)} rows: {size} is an upper limit" in words
            assert f"{spent:,.0f} of {wanted.budget.max:,}" in words
        named, kept = named + bool(over), kept + (not over)
        may = ~np.isnan(selection.choice.priority)
        may[[pool.row_of[uuid] for uuid in wanted.pinned]] = True
        pinned = pool.clusterings["c"].codes[[pool.row_of[uuid] for uuid in wanted.pinned]].tolist()
        exact = fill == "size" and keys["strategy"] != "deita"  # which falls to rows taken before, one by one
        if exact and any(count > pinned.count(label) for label, (count, _) in over.items()):
            most = allowed(pool, rule, len(selection))
            assert not can_keep(pool, chosen, said, may, most, len(selection)), (keys, said)
    assert min(named, kept, short) > recipes / 50


def can_keep(pool: Pool, chosen: np.ndarray, said: dict, may: np.ndarray, most: dict[int, int], size: int) -> bool:
    """Whether any set of so many rows keeps the constraints and the quota, too; pins are in whatever the quota is."""
    codes = pool.clusterings["c"].codes
    pinned = [pool.row_of[uuid] for uuid in said["pinned"]]
    good, sets = keeps(pool, chosen, said)
    good &= (sets.sum(axis=1) == size) & ~sets[:, ~may].any(axis=1)
    for label, quota in most.items():
        good &= sets[:, codes == label].sum(axis=1) <= max(quota, int((codes[pinned] == label).sum()))
    return bool(good.any())


@pytest.mark.parametrize("seed", range(20))
def test_the_best_that_fit_are_what_a_plain_loop_takes(seed: int) -> None:
    pool = rich_pool(60, seed)
    budget = {"max": 300 + 40 * seed, "fill": "best"}
    selection = select(pool, Recipe.parse({"pool": {"missing": "available"}, "constraints": {"budget": budget},
                                           "select": {"strategy": "difficulty", "size": 30}}))  # fmt: skip
    wanted, left, taken = Constraints.model_validate({"budget": budget}), budget["max"], []
    difficulty = -np.nanmean(pool.scores["rm"], axis=0).round(12)
    for row in np.lexsort((np.arange(60), -difficulty)).tolist():
        price = cost(pool, row, selection.candidates.chosen[row], wanted)
        if price <= left and len(taken) < 30:
            taken.append(row)
            left -= price
    assert selection.rows.tolist() == taken
    assert len(taken) < 30 or seed > 5


def test_a_budget_that_does_not_bind_changes_nothing_however_it_is_filled() -> None:
    pool = rich_pool(60, 3)
    for strategy in NAMES:
        plain = {"select": {"strategy": strategy, "size": 25, "clusters": {"name": "c", "quota": "sqrt"}}}
        free = run(pool, plain)
        for fill in ("size", "best"):
            bound = run(pool, {**plain, "constraints": {"budget": {"max": 10**6, "fill": fill}}})
            assert list(bound.uuids) == list(free.uuids), (strategy, fill)
            of_both = [note for note in notes(bound) if "upper limit" not in note and "gave way" not in note]
            assert of_both == notes(free)  # without constraints a small cluster gives way by rule, and nothing is said


def test_an_upper_limit_that_no_row_fits_is_an_error() -> None:
    recipe = {"select": {"strategy": "difficulty", "size": 3}, "constraints": {"budget": {"max": 1, "fill": "best"}}}
    with pytest.raises(UserError, match=r"The budget of 1 words leaves 0 of 3 rows; raise the budget to \d+ words"):
        select(rich_pool(9, 1), Recipe.parse({"pool": {"missing": "available"}, **recipe}))
