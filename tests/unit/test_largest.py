"""The largest possible size is the true maximum, and what a message advises works."""

import re
from math import ceil, floor

import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.strategies import STRATEGIES
from tests.unit.constrained import cost, labels_of, names, rich_pool, run

FIELDS = ("source", "tag", "language", "model", "cluster")


def some(draw: np.random.Generator, n: int) -> dict:
    """Shares of up to three fields, perhaps a budget, pins and bans."""
    shares = []
    for _ in range(draw.integers(1, 4)):
        by = str(draw.choice(FIELDS))
        low, high = sorted(draw.choice([0.0, 0.1, 0.2, 0.25, 0.3, 1 / 3, 0.4, 0.5, 0.7, 1.0], 2, replace=False))
        sides = draw.choice(["min", "max", "both"])
        bounds = {"min": None if sides == "max" else float(low), "max": None if sides == "min" else float(high)}
        share = {"by": by, "value": str(draw.choice(names(by))) if draw.random() < 0.6 else None, **bounds}
        shares.append(share | ({"clustering": "c"} if by == "cluster" else {}))
    uuids = [f"u{row:04d}" for row in draw.permutation(n)]
    pins, bans = draw.choice([0, 0, 0, 1, 2]), draw.choice([0, 0, 1, 2])
    found = {"shares": shares, "pinned": uuids[:pins], "banned": uuids[pins : pins + bans]}
    if draw.random() < 0.4:
        found["budget"] = {"max": int(draw.integers(10, 30 * n)), "of": str(draw.choice(["pair", "response"]))}
    return found


def keeps(pool: Pool, chosen: np.ndarray, document: dict) -> tuple[np.ndarray, np.ndarray]:
    """(2 ** n,) which of all sets of rows keep every bound, and (2 ** n, n) the sets."""
    wanted = Recipe.parse({"constraints": document}).constraints
    assert wanted is not None
    n = len(pool)
    sets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    sizes = sets.sum(axis=1)
    good = np.ones(len(sets), dtype=bool)
    for row, uuid in enumerate(pool.uuids):
        if uuid in wanted.pinned or uuid in wanted.banned:
            good &= sets[:, row] == (uuid in wanted.pinned)
    if wanted.budget is not None:
        good &= sets @ [cost(pool, row, chosen[row], wanted) for row in range(n)] <= wanted.budget.max
    for share in wanted.shares:
        labels = [labels_of(pool, share.by, row, chosen[row]) for row in range(n)]
        for value in [share.value] if share.value else sorted(set().union(*labels) - {"", "-1"}):
            counts = sets @ [value in each for each in labels]
            low = [ceil((share.min or 0) * k - 1e-9) for k in range(n + 1)]
            high = [floor((1 if share.max is None else share.max) * k + 1e-9) for k in range(n + 1)]
            good &= (counts >= np.array(low)[sizes]) & (counts <= np.array(high)[sizes])
    return good, sets


def most(pool: Pool, chosen: np.ndarray, document: dict, size: int) -> int:
    """The largest size, up to this one, of a set that keeps every bound; 0 where none does."""
    good, sets = keeps(pool, chosen, document)
    sizes = sets.sum(axis=1)
    return int(sizes[good & (sizes <= size)].max(initial=0))


@pytest.mark.parametrize("problems", [150, pytest.param(1_000, marks=pytest.mark.slow)])
def test_the_largest_size_is_the_largest_of_all_sets(problems: int) -> None:
    draw = np.random.default_rng(problems)
    short = 0
    for nth in range(problems):
        n = int(draw.integers(2, 11))
        pool, said, size = rich_pool(n, nth), some(draw, n), int(draw.integers(1, n + 1))
        try:
            selection = run(pool, {"select": {"strategy": "difficulty", "size": size}, "constraints": said})
        except UserError:
            continue  # such as a tag that no row of so small a pool has
        assert len(selection) == most(pool, selection.candidates.chosen, said, size), (nth, size, said)
        short += 0 < len(selection) < size
    assert short > problems / 20


def advice(message: str, document: dict) -> list[dict]:
    """The recipes that do what a message says, one for each of its remedies."""
    found = []
    said, size = document["constraints"], document["select"]

    def with_constraints(**keys: object) -> None:
        found.append({**document, "constraints": {**said, **keys}})

    for lower in re.findall(r"(?:[Ll]ower|raise) the size to ([\d,]+)", message):
        found.append({**document, "select": {**size, "size": int(lower.replace(",", ""))}})
    for budget in re.findall(r"raise the budget to ([\d,]+)", message):
        with_constraints(budget={**said["budget"], "max": int(budget.replace(",", ""))})
    for distance in re.findall(r"lower the distance to ([\d.]*\d)", message):
        with_constraints(distance={"min": float(distance)})
    for threshold in re.findall(r"raise its threshold to ([\d.]*\d)", message):
        with_constraints(duplicates={"by": "minhash", "threshold": float(threshold)})
    named = re.findall(
        r"(max|min) [\d.]+ of ((?:\S+|cluster of c) '[^']*'|each cluster of c|each \w+)", message, re.IGNORECASE
    )
    for called, number in re.findall(r"(?:raise|lower) (it|(?:max|min) of .+?) to ([\d.]*\d)", message):
        side, name = (named[0][0].lower(), named[0][1]) if called == "it" else (called[:3], called[7:])
        shares = [dict(share) for share in said["shares"]]
        same = [share for share in shares if share[side] is not None and title_of(share) == name]
        if len(same) == 1:
            same[0][side] = float(number)
            with_constraints(shares=shares)
    for what in ("budget", "distance"):
        if f"take the {what} away" in message:
            with_constraints(**{what: None})
    return found


def title_of(share: dict) -> str:
    by = "cluster of c" if share["by"] == "cluster" else share["by"]
    return f"each {by}" if share["value"] is None else f"{by} {share['value']!r}"


def said_of(pool: Pool, document: dict) -> str:
    """The message of a recipe that cannot be met; empty where it can."""
    try:
        select(pool, Recipe.parse(document))
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name not in ("ifd", "ifd_ppl", "direct_score")])
def test_advice_that_is_followed_helps(strategy: str) -> None:
    draw = np.random.default_rng(7)
    followed = 0
    for nth in range(12):
        n = int(draw.integers(6, 30))
        pool, said = rich_pool(n, nth), some(draw, n)
        said |= {"distance": {"min": 0.2}} if nth % 3 == 0 else {}
        said |= {"duplicates": {"by": "minhash"}} if nth % 4 == 0 else {}
        spread = {"name": "c", "quota": "sqrt"} if nth % 2 else None
        keys = {"strategy": strategy, "size": int(draw.integers(2, n + 1)), "clusters": spread, "seed": nth}
        document = {"pool": {"missing": "available"}, "select": keys, "constraints": said}
        for remedy in advice(said_of(pool, document), document):
            followed += 1
            assert len(select(pool, Recipe.parse(remedy))) == remedy["select"]["size"], remedy
    assert followed > 2
