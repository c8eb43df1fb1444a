"""Small pools with every field that can be bounded, random constraints, and a judge that reads them by itself."""

import itertools
import math
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from crowdselect.constraints.spec import Constraints
from crowdselect.pool import Clustering, Links, Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select_from
from tests.unit.pools import make_pool, shuffled

LANGUAGES = {0: "de", 1: "en", 2: "fr"}


def rich_pool(n: int, seed: int, models: int = 3) -> Pool:
    """Rows with scores, words, sources, tags, languages, clusters, embeddings and links between near-duplicates."""
    draw = np.random.default_rng(seed)
    tags = [list(draw.permutation(["art", "code", "law"])[: draw.integers(0, 3)]) for _ in range(n)]
    pool = make_pool(
        np.round(draw.normal(size=(models, n)), 1),
        clusters=draw.integers(-1, 3, n),
        words=draw.integers(1, 30, n),
        tags=tags,
        vectors=draw.normal(size=(n, 3)),
        signals={name: draw.integers(1, 40, n).astype(float) for name in ("tokens_instruction", "tokens_response")},
    )
    pairs = np.array([(a, b) for a, b in itertools.combinations(range(n), 2) if draw.random() < 1.0 / n]).reshape(-1, 2)
    links = Links(pairs, np.round(draw.uniform(0.7, 1.0, len(pairs)), 2), 0.7)
    languages = Clustering(draw.integers(-1, 3, n).astype(np.int32), LANGUAGES)
    return replace(
        pool,
        sources=draw.choice(["web", "book", "wiki", ""], n).astype(object),
        response_words=draw.integers(1, 40, (models, n)).astype(np.int32),
        clusterings={**pool.clusterings, "language": languages},
        duplicates={"minhash": links, "embedding": links},
    )


def in_other_order(pool: Pool, seed: int) -> Pool:
    """The same rows under `shuffled`, which sorts them again: what it does not know is carried over."""
    again = shuffled(pool, seed)
    kept = {name: getattr(pool, name) for name in ("sources", "response_words", "clusterings", "duplicates")}
    return replace(again, **kept)


def names(field: str) -> list[str]:
    return {"source": ["web", "book", "wiki"], "tag": ["art", "code", "law"], "language": list(LANGUAGES.values()),
            "model": ["a-1b", "a-7b", "b-3b"], "cluster": ["0", "1", "2"]}[field]  # fmt: skip


@st.composite
def some_shares(draw: st.DrawFn) -> dict:
    by = draw(st.sampled_from(["source", "tag", "language", "model", "cluster"]))
    low = draw(st.one_of(st.none(), st.sampled_from([0.1, 0.25, 0.4])))
    high = draw(st.sampled_from([0.3, 0.5, 0.7])) if low is None or draw(st.booleans()) else None
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    share: dict = {"by": by, "value": draw(st.one_of(st.none(), st.sampled_from(names(by)))), "min": low, "max": high}
    return share | ({"clustering": "c"} if by == "cluster" else {})


@st.composite
def constraints(draw: st.DrawFn, n: int, linear: bool = False) -> dict:
    """`linear`: only what an exhaustive search has to agree with: shares, a budget, pins and bans."""
    uuids = [f"u{row:04d}" for row in draw(st.permutations(range(n)))]
    pins, bans = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    budget = draw(st.one_of(st.none(), st.integers(20, 60 * n)))
    found: dict = {
        "pinned": uuids[:pins],
        "banned": uuids[pins : pins + bans],
        "shares": draw(st.lists(some_shares(), max_size=3)),
        "budget": None if budget is None else {
            "max": budget, "unit": draw(st.sampled_from(["words", "tokens"])),
            "of": draw(st.sampled_from(["pair", "instruction", "response"])),
        },
    }  # fmt: skip
    if not linear and draw(st.booleans()):
        found["distance"] = {"min": draw(st.sampled_from([0.02, 0.2, 0.6]))}
    if not linear and draw(st.booleans()):
        found["duplicates"] = {"by": "minhash", "threshold": draw(st.sampled_from([0.7, 0.85, None]))}
    return found


def run(pool: Pool, document: dict) -> Selection:
    made = Recipe.parse({"pool": {"missing": "available"}, **document})
    return select_from(gather(pool, made.pool, made.response, made.select.seed), made)


def broken(pool: Pool, rows: np.ndarray, chosen: np.ndarray, wanted: Constraints) -> list[str]:
    """What a selection of these pool rows breaks, read anew from the pool, with nothing that the solver uses.

    `chosen` (n,) is the model of each pool row's response; every pool row is a candidate."""
    wrong = []
    uuids = set(pool.uuids[rows])
    if not set(wanted.pinned) <= uuids:
        wrong.append("a pinned row is missing")
    if set(wanted.banned) & uuids:
        wrong.append("a banned row is in")
    if wanted.budget is not None:
        spent = sum(cost(pool, row, model, wanted) for row, model in zip(rows, chosen[rows], strict=True))
        if spent > wanted.budget.max:
            wrong.append(f"the budget: {spent}")
    for share in wanted.shares:
        labels = [labels_of(pool, share.by, row, model) for row, model in zip(rows, chosen[rows], strict=True)]
        there = set().union(*(labels_of(pool, share.by, row, chosen[row]) for row in range(len(pool)))) - {"", "-1"}
        for value in [share.value] if share.value else sorted(there):
            count = sum(value in each for each in labels)
            if count < math.ceil((share.min or 0) * len(rows) - 1e-9):
                wrong.append(f"min of {value}: {count} of {len(rows)}")
            if count > math.floor((1 if share.max is None else share.max) * len(rows) + 1e-9):
                wrong.append(f"max of {value}: {count} of {len(rows)}")
    if wanted.distance is not None and pool.vectors is not None:
        units = pool.vectors(None)[rows].astype(np.float64)
        units /= np.linalg.norm(units, axis=1, keepdims=True)
        near = np.triu(1 - units @ units.T < wanted.distance.min - 1e-6, 1)
        wrong += ["distance"] * bool(near.any())
    if wanted.duplicates is not None:
        links = pool.duplicates[wanted.duplicates.by]
        threshold = wanted.duplicates.threshold or links.threshold
        for (a, b), similarity in zip(links.rows, links.similarity, strict=True):
            if similarity >= threshold and a in rows and b in rows:
                wrong.append(f"near-duplicates {a} and {b}")
    return wrong


def cost(pool: Pool, row: int, model: int, wanted: Constraints) -> float:
    budget = wanted.budget
    if budget is None:
        return 0
    parts = {"instruction": pool.instruction_words[row], "response": pool.response_words[model, row]}
    if budget.unit == "tokens":
        parts = {part: pool.signals[f"tokens_{part}"][row] for part in parts}
    return float(sum(parts.values()) if budget.of == "pair" else parts[budget.of])


def labels_of(pool: Pool, by: str, row: int, model: int) -> set[str]:
    if by == "tag":
        return {tag for tag, rows in pool.tags.items() if row in rows}
    if by == "source":
        return {str(pool.sources[row])}
    if by == "model":
        return {pool.models[model].name}
    code = int(pool.clusterings["language" if by == "language" else "c"].codes[row])
    return {LANGUAGES.get(code, "") if by == "language" else str(code)}
