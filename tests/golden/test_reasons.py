"""Why a row is in or out, on the real pool: every sentence's numbers are read back and checked by another chooser."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from crowdselect.pool import Pool
from crowdselect.reasons.why import Why
from crowdselect.reasons.words import REASONS, Reason
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, gather, select_from
from crowdselect.strategies import STRATEGIES, parameters_of
from tests.golden.test_constraints import whole  # noqa: F401  (a fixture)
from tests.unit.test_budgets import quotas

NEAR = 1e-9  # values nearer than that may be told apart or not
SIZE = 100


@pytest.fixture(scope="module")
def pool(whole: Pool, alpacaeval: Path) -> Pool:  # noqa: F811
    """The pool with sources, tags, and signals that some rows lack and some have above 1."""
    draw, n = np.random.default_rng(1), len(whole)
    with gzip.open(alpacaeval / "responses.jsonl.gz", "rt") as lines:
        source = {row["instruction_id"]: row["source"] for row in map(json.loads, lines)}
    signals = {name: np.round(draw.uniform(0.3, 1.2, n), 2) for name in ("ifd", "ifd_ppl", "direct_score")}
    for values in signals.values():
        values[draw.random(n) < 0.1] = np.nan
    signals |= {f"{name}_dropped": np.where(draw.random(n) < 0.05, 1.0, 0.0) for name in ("ifd", "ifd_ppl")}
    signals |= {f"tokens_{of}": draw.integers(5, 500, n).astype(float) for of in ("instruction", "response")}
    return replace(
        whole,
        signals=signals,
        sources=np.array([source[uuid] for uuid in whole.uuids], dtype=object),
        tags={tag: np.flatnonzero(draw.random(n) < share) for tag, share in (("code", 0.2), ("talk", 0.4))},
        tag_places={},
    )


def selection_of(pool: Pool, document: dict) -> Selection:
    recipe = Recipe.parse(document)
    return select_from(gather(pool, recipe.pool, recipe.response, recipe.select.seed), recipe)


def values_of(selection: Selection, spec: dict) -> np.ndarray:
    """(pool rows,) what the strategy ranks by, higher first, computed anew; NaN where a row cannot be ranked."""
    pool, chosen = selection.candidates.pool, np.full(len(selection.candidates.pool), -1)
    chosen[selection.candidates.rows] = selection.candidates.chosen
    scores = next(iter(pool.scores.values()))
    name, direction = spec["strategy"], spec.get("direction", "top")
    words = np.array([pool.response_words[model, row] for row, model in enumerate(chosen)], dtype=float)
    metrics: dict[str, Any] = {
        "difficulty": lambda: -scores.mean(axis=0),
        "separability": lambda: scores.var(axis=0),
        "stability": lambda: stability(pool, scores),
        "reward": lambda: {"max": scores.max, "mean": scores.mean, "min": scores.min}[spec.get("by", "max")](axis=0),
        "length": lambda: {"words": {"response": words, "instruction": pool.instruction_words.astype(float)},
                           "tokens": {of: pool.signals[f"tokens_{of}"] for of in ("response", "instruction")}}[
                               spec.get("unit", "words")][spec.get("of", "response")],
        "direct_score": lambda: pool.signals["direct_score"],
        "ifd": lambda: np.where(pool.signals["ifd_dropped"] > 0, np.nan, pool.signals["ifd"]),
        "ifd_ppl": lambda: np.where(pool.signals["ifd_ppl_dropped"] > 0, np.nan, pool.signals["ifd_ppl"]),
        "deita": lambda: scores.max(axis=0),
        "weighted": lambda: sum(
            weight * rank01(metrics[metric]()[selection.candidates.rows])
            for metric, weight in (("difficulty", 1), ("separability", 1), ("stability", 1.5))
        ),
    }  # fmt: skip
    found = metrics[name]()
    if name == "weighted":
        every = np.full(len(pool), np.nan)
        every[selection.candidates.rows] = found
        found = every
    if name in ("ifd", "ifd_ppl"):
        found = np.where(found > 1 if name == "ifd" else found >= 1, np.nan, found)
    keep = np.zeros(len(pool), dtype=bool)
    keep[selection.candidates.rows] = True
    return np.where(keep, found if direction == "top" else -found, np.nan)


def rank01(values: np.ndarray) -> np.ndarray:
    ranks = (rankdata(np.round(values, 12)) - 1) / (len(values) - 1)
    return np.where(ranks == ranks.max(), 1.0, np.where(ranks == ranks.min(), 0.0, ranks))


KNOWN: dict[int, np.ndarray] = {}  # it takes seconds


def stability(pool: Pool, scores: np.ndarray) -> np.ndarray:
    if id(pool) in KNOWN:
        return KNOWN[id(pool)]
    families: dict[str, list[int]] = {}
    for row, model in enumerate(pool.models):
        if model.family and model.params_b:
            families.setdefault(model.family, []).append(row)
    found = []
    for members in families.values():
        sizes = [pool.models[row].params_b for row in members]
        if len(set(sizes)) > 1:
            with np.errstate(invalid="ignore"):
                rho = [np.nan if np.ptp(one) == 0 else spearmanr(sizes, one).statistic for one in scores[members].T]
                found.append(rho)
    KNOWN[id(pool)] = np.nanmean(found, axis=0)
    return KNOWN[id(pool)]


def numbers(sentence: str) -> list[float]:
    return [
        float(text.replace(",", ""))
        for text in re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![\w-])", sentence)
    ]


def check_rank(values: np.ndarray, among: np.ndarray, row: int, rank: int) -> None:
    """The rank of a row among some, best first, where values nearer than NEAR may stand either way."""
    better = np.count_nonzero(values[among] > values[row] + NEAR)
    assert better < rank <= np.count_nonzero(values[among] >= values[row] - NEAR)


def check(selection: Selection, document: dict, row: int, reasons: list[Reason], values: np.ndarray | None) -> str:
    """Reads the first sentence and what belongs to it, and checks it against the pool; returns its kind. `values`
    (pool rows,) are what the strategy ranks by."""
    first, said = reasons[0], reasons[0].sentence
    spec, pool = document["select"], selection.candidates.pool
    selected = bool((selection.rows == row).any())
    place = int(np.searchsorted(selection.candidates.rows, row))
    candidate = place < len(selection.candidates) and selection.candidates.rows[place] == row
    kind = first.kind
    if not candidate:
        assert not selected
        scores = next(iter(pool.scores.values()))[:, row]
        if kind == "scores":
            assert numbers(said) == [np.count_nonzero(~np.isnan(scores)), 21]
            assert np.isnan(scores).any()
        elif kind == "filter":
            assert "length is at most 60" in said
            assert pool.instruction_words[row] > 60
        else:
            assert kind == "pair"
            assert document["export"]["format"] == "preference"
        return kind
    ranked = spec["strategy"] in RANKED
    values = values if values is not None else np.full(len(pool), np.nan)
    if kind in ("rank", "quota_in", "quota_full", "beyond", "left_over"):
        check_ranked(selection, spec, row, kind, numbers(said), values if ranked else None)
        if len(reasons) > 1:
            assert reasons[1].kind == "tie"
            many, kept, nth = numbers(reasons[1].sentence)
            if ranked:
                tied = np.flatnonzero(np.abs(values - values[row]) < NEAR)
                assert nth <= many <= len(tied)
            assert (nth <= kept) == selected or kind in ("quota_in", "beyond")
    elif kind in ("drawn", "drawn_last", "turn"):
        assert selected
        if kind == "turn":
            assert numbers(said)[:2] == [selection.rows.tolist().index(row) + 1, len(selection)]
    elif kind in ("not_drawn", "drawn_first", "no_turn", "no_turn_open", "no_cluster", "controlled", "length"):
        assert not selected
        if kind.startswith("no_turn"):
            assert numbers(said)[0] == len(selection)
    elif kind == "lacks":
        assert not selected
        assert np.isnan(pool.signals[spec["strategy"]][row])
    elif kind in ("above", "from", "marked"):
        name = spec["strategy"]
        assert not selected
        value = pool.signals[name][row]
        assert value in numbers(said)
        assert (
            pool.signals[f"{name}_dropped"][row] > 0
            if kind == "marked"
            else value > 1 or (kind == "from" and value == 1)
        )
    elif kind == "untagged":
        assert not any(row in rows for rows in pool.tags.values())
    elif kind == "embedding":
        assert not selected
        assert np.isnan(pool.vectors(None)[row]).any()
    else:
        assert kind == "resembles", kind
        other = pool.row_of[re.search(r"resembles (\S+),", said)[1]]
        one, two = (
            vector.astype(float) / np.linalg.norm(vector.astype(float)) for vector in pool.vectors(None)[[row, other]]
        )
        assert values[other] > values[row] - NEAR
        assert numbers(said)[-2] == pytest.approx(one @ two, abs=1e-8)
        assert numbers(said)[-2] > spec["threshold"] == numbers(said)[-1]
    return kind


def check_ranked(
    selection: Selection, spec: dict, row: int, kind: str, said: list[float], values: np.ndarray | None
) -> None:
    """Where a rank decides: that rank, among the rows that it is among, and how many of them are taken."""
    pool, selected = selection.candidates.pool, bool((selection.rows == row).any())
    ranks, clusters = ~np.isnan(np.zeros(len(pool)) if values is None else values), spec.get("clusters")
    if spec["strategy"] == "deita":
        return  # those that fell have no rank: the kind `resembles` is checked by itself
    if values is not None and spec["strategy"] != "weighted" and kind == "rank":
        assert abs(abs(values[row]) - abs(said[0])) <= 1e-5 * max(1, abs(said[0]))
    said = said[1:] if values is not None else said
    if kind == "rank":
        rank, eligible, taken = said
        assert selected == (rank <= taken)
        assert taken == len(selection)
        if values is not None:
            assert eligible == ranks.sum()
            check_rank(values, np.flatnonzero(ranks), row, rank)
        return
    codes = pool.clusterings[clusters["name"]].codes
    labels = sorted(set(codes[selection.candidates.rows].tolist()) - {-1})
    members = [int((codes[selection.candidates.rows] == label).sum()) for label in labels]
    quota = dict(zip(labels, quotas(clusters["quota"], spec["size"], members), strict=True))
    if kind in ("quota_in", "quota_full"):
        rank, eligible, cluster, most = said
        assert cluster == codes[row]
        assert most == quota[codes[row]]
        assert (rank <= most) == (kind == "quota_in") == selected
        if values is not None:
            mine = np.flatnonzero(ranks & (codes == codes[row]))
            assert eligible == len(mine)
            check_rank(values, mine, row, rank)


RANKED = (
    "weighted",
    "difficulty",
    "separability",
    "stability",
    "reward",
    "length",
    "ifd",
    "ifd_ppl",
    "direct_score",
    "deita",
)
GROUPED = [None, {"name": "k10", "quota": "equal"}, {"name": "k30", "quota": "sqrt"}]


OPTIONS = {
    "direction": ("top", "bottom"), "by": ("max", "mean", "min"), "of": ("response", "instruction"),
    "unit": ("words", "tokens"), "variant": ("paper", "crowdselect_intended"),
}  # fmt: skip


def keys_of(strategy: str) -> list[dict]:
    """The strategy in both directions, by each of what it may go by."""
    known = parameters_of(strategy)
    found: list[dict] = [{}]
    for name, choices in OPTIONS.items():
        if name in known and not (strategy == "matched_random" and name == "unit"):
            found = [{**one, name: choice} for one in found for choice in choices]
    return [{**one, **({"threshold": 0.4} if strategy == "deita" else {})} for one in found]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_sentence_of_every_row_is_true(pool: Pool, strategy: str) -> None:
    kinds: set[str] = set()
    for keys in keys_of(strategy):
        for clusters in GROUPED if keys in keys_of(strategy)[:2] else GROUPED[:1]:
            select = {"strategy": strategy, "size": SIZE, "clusters": clusters, **keys}
            document = {"select": select, "pool": {"where": [{"field": "n_words", "max": 60}]}}
            if clusters is None:
                document["export"] = {"format": "preference"}
                document["pairs"] = {"margin": 0.2}
            selection = selection_of(pool, document)
            why = Why(selection)
            values = values_of(selection, select) if strategy in RANKED else None
            for row in range(len(pool)):
                kinds.add(check(selection, document, row, why.of(row), values))
    assert {"scores", "filter", "pair"} <= kinds
    assert kinds <= set(REASONS)
    assert len(kinds) > 4


BOUND: list[dict] = [
    {"budget": {"max": 12_000}},
    {"budget": {"max": 12_000, "fill": "best"}, "shares": [{"by": "source", "max": 0.25}]},
    {"shares": [{"by": "source", "value": "vicuna", "min": 0.3}, {"by": "model", "max": 0.2}]},
    {"distance": {"min": 0.6}, "duplicates": {"by": "minhash", "threshold": 0.5}},
]


@pytest.mark.parametrize("said", range(len(BOUND)))
@pytest.mark.parametrize("strategy", ["difficulty", "weighted", "random"])
def test_what_a_constraint_decides(pool: Pool, strategy: str, said: int) -> None:
    uuids = [str(uuid) for uuid in pool.uuids]
    bound = {**BOUND[said], "pinned": uuids[30:33], "banned": uuids[40:60]}
    select = {"strategy": strategy, "size": SIZE, "direction": "bottom"} if strategy == "difficulty" else {
        "strategy": strategy, "size": SIZE, "clusters": {"name": "k10", "quota": "equal"}}  # fmt: skip
    document = {"select": select, "constraints": bound}
    selection, free = selection_of(pool, document), selection_of(pool, {"select": select})
    why, kinds = Why(selection), set()
    values = values_of(free, select) if strategy in RANKED else None
    without: dict[str, set[int]] = {}
    costs = np.full(len(pool), np.nan)
    costs[selection.candidates.rows] = sum(
        selection.candidates.metric(f"length_{of}") for of in ("instruction", "response")
    )
    for row in selection.candidates.rows.tolist():
        inside, inside_free = row in selection.rows, row in free.rows
        reasons = why.of(row)
        kinds |= {reason.kind for reason in reasons}
        for reason in reasons:
            words = reason.sentence
            if reason.kind in ("pinned", "banned"):
                assert uuids[row] in bound[reason.kind]
                assert inside == (reason.kind == "pinned")
            elif reason.kind == "free":
                assert inside == inside_free
                assert f"would be {'in' if inside else 'out'}, too" in words
            elif reason.kind == "constraints":
                assert inside != inside_free
                assert f"would be {'in' if inside_free else 'out'};" in words
            elif reason.kind == "constraint":
                name = re.search(r"Without (.*) it would be", words)[1]
                if name not in without:
                    again = {**document, "constraints": taken_away(bound, name)}
                    without[name] = set(selection_of(pool, again).rows.tolist())
                assert (row in without[name]) != inside
                assert f"would be {'out' if inside else 'in'}." in words
            elif reason.kind == "over_budget":
                spent = costs[selection.rows].sum()
                assert numbers(words) == [costs[row], 12_000 - spent, 12_000]
                assert costs[row] > 12_000 - spent
            elif reason.kind == "share_full":
                most = int(numbers(words)[-1])
                value = re.search(r"'(.*)'", words)[1]
                labels = pool.sources if words.startswith("Source") else None
                if labels is not None:
                    assert labels[row] == value
                    assert (labels[selection.rows] == value).sum() == most == int(0.25 * len(selection) + 1e-9)
            elif reason.kind == "too_near":
                other = pool.row_of[re.search(r"from (\S+),", words)[1]]
                vectors = pool.vectors(None)[[row, other]].astype(float)
                vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                assert other in selection.rows
                assert 1 - vectors[0] @ vectors[1] < 0.6 + 1e-6
            elif reason.kind == "near_duplicate":
                assert pool.row_of[re.search(r"of (\S+)\.$", words)[1]] in selection.rows
            else:
                assert reason.kind == "unconstrained", reason.kind
                nested = why._free.of(row)
                assert words == f"There: {' '.join(one.sentence for one in nested)}"
                check(free, {"select": select}, row, nested, values)
    assert {"pinned", "banned", "free", "constraint"} <= kinds


def taken_away(bound: dict, name: str) -> dict:
    """The constraints without the part of that name."""
    if name.startswith("the budget"):
        return {**bound, "budget": None}
    if name.startswith("minimum distance"):
        return {**bound, "distance": None}
    if name.startswith("removal"):
        return {**bound, "duplicates": None}
    if name.startswith("the "):
        return {**bound, "pinned" if "pinned" in name else "banned": []}
    side, by = name[:3], re.search(r"of (?:each )?(\w+)", name)[1]
    assert side in ("min", "max")
    return {**bound, "shares": [share for share in bound["shares"] if share["by"] != by]}


def test_a_series_and_a_core_say_so(pool: Pool) -> None:
    select = {"strategy": "difficulty", "size": 20, "within": [50, 100]}
    selection = selection_of(pool, {"select": select})
    why, outside = Why(selection), 0
    larger = {
        size: set(selection_of(pool, {"select": {"strategy": "difficulty", "size": size}}).rows.tolist())
        for size in (50, 100)
    }
    for row in selection.candidates.rows.tolist():
        first = why.of(row)[0]
        if first.kind == "outside":
            outside += 1
            assert row not in larger[int(numbers(first.sentence)[0])]
        else:
            assert first.kind == "rank"
            assert numbers(first.sentence)[-1] == 20
            assert (numbers(first.sentence)[1] <= 20) == (row in selection.rows)
    assert outside > 600
