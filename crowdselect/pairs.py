"""Preference pairs from the crowd: which response is rejected where the recipe's response is chosen."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.export.pairs_spec import DEFAULT_K, PairSpec
from crowdselect.methods import CURRENT, Methods
from crowdselect.pool import Pool
from crowdselect.responses import words_to_choose_from
from crowdselect.streams import PAIRS, stream
from crowdselect.ties import EQUAL

_Key = tuple[PairSpec, str | None, int]
_PAIRED: "WeakKeyDictionary[Candidates, dict[_Key, tuple[Candidates | None, np.ndarray]]]" = WeakKeyDictionary()


def rejected_models(
    pool: Pool,
    rows: np.ndarray,
    chosen: np.ndarray,
    scores: np.ndarray,
    spec: PairSpec,
    seed: int,
    methods: Methods = CURRENT,
) -> np.ndarray:
    """The model row whose response is rejected for each of pool `rows` (k,), -1 where no response is within the limits.

    `chosen` (k,) are the model rows of the chosen responses (-1 for none), `scores` (models, n) the recipe's reward
    model's. Of equal scores the first model by name is taken; a draw depends on the seed and the pool row alone.
    A response that differs from the chosen one in white space alone is never rejected, whatever its score.
    UserError where the consensus asks for more reward models than there are.
    """
    words = words_to_choose_from(pool, methods)[:, rows]
    within = _within(pool, rows, chosen, scores, words, spec, methods)
    if methods["pairs"] > 1:
        within &= ~_same_words(pool, rows, chosen, within & (words == words[chosen, np.arange(len(rows))]))
    own = scores[:, rows]
    if spec.rejected == "worst":
        rejected = np.argmin(np.where(within, own, np.inf), axis=0)
    elif spec.rejected == "random":
        draws = stream(PAIRS, seed).random(len(pool))[rows]
        nth = (draws * within.sum(axis=0)).astype(np.int64)
        rejected = np.argmax(np.cumsum(within, axis=0) > nth, axis=0)
    else:
        rejected = _at_rank(own, words >= 0, spec.k or DEFAULT_K)
    there = (rejected >= 0) & within[rejected, np.arange(len(rows))]
    return np.where(there, rejected, -1).astype(np.int32)


def paired(
    candidates: Candidates, scores: Callable[[], np.ndarray], spec: PairSpec, reward_model: str | None, seed: int
) -> tuple[Candidates, np.ndarray]:
    """The candidates that have a pair, and the model row of each one's rejected response.

    Kept as long as `candidates` is, so that moving a weight costs nothing here.
    """
    known = _PAIRED.setdefault(candidates, {})
    key = (spec, reward_model, seed if spec.rejected == "random" else 0)
    if key not in known:
        pool, rows, chosen = candidates.pool, candidates.rows, candidates.chosen
        rejected = rejected_models(pool, rows, chosen, scores(), spec, seed, candidates.methods)
        with_pair = candidates.where(rejected >= 0)
        # candidates that held themselves would never be let go
        known[key] = (None if with_pair is candidates else with_pair, rejected[rejected >= 0])
    cut, rejected = known[key]
    return candidates if cut is None else cut, rejected


def _within(
    pool: Pool,
    rows: np.ndarray,
    chosen: np.ndarray,
    scores: np.ndarray,
    words: np.ndarray,
    spec: PairSpec,
    methods: Methods,
) -> np.ndarray:
    """(models, k) bool: responses (of so many `words`) that score lower than the chosen one and meet every limit."""
    columns = np.arange(len(rows))
    has = (chosen >= 0) & (words[chosen, columns] >= 0)
    own = scores[:, rows]
    gap = own[chosen, columns] - own  # NaN where either has no score, and NaN compares false
    equal = EQUAL * np.maximum(np.abs(own), np.abs(own[chosen, columns])) if methods["rounding"] > 1 else 0.0
    within: np.ndarray = has & (words >= 0) & (gap > equal) & (gap >= spec.margin - equal)
    if spec.consensus is not None:
        within &= _agreeing(pool, rows, chosen) >= _needed(pool, spec.consensus)
    if spec.max_length_difference is not None:
        within &= np.abs(words - words[chosen, columns]) <= spec.max_length_difference
    if spec.max_length_ratio is not None:
        longer, shorter = np.maximum(words, words[chosen, columns]), np.minimum(words, words[chosen, columns])
        within &= longer <= spec.max_length_ratio * shorter
    return within


def _same_words(pool: Pool, rows: np.ndarray, chosen: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(models, k) bool: of the responses that are `asked` about, those with the same words as the chosen one."""
    same = np.zeros_like(asked)
    columns, models = np.nonzero(asked.T)
    if pool.same_words is not None and len(columns):
        ones = [pool.models[model].name for model in chosen[columns]]
        others = [pool.models[model].name for model in models]
        same[models, columns] = pool.same_words(rows[columns], ones, others)
    return same


def _agreeing(pool: Pool, rows: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(models, k): how many reward models score the chosen response strictly higher than this one."""
    agreeing = np.zeros((len(pool.models), len(rows)), dtype=np.int32)
    for scores in pool.scores.values():
        own = scores[:, rows]
        agreeing += own[chosen, np.arange(len(rows))] > own
    return agreeing


def _needed(pool: Pool, consensus: int | str) -> int:
    there = len(pool.scores)
    needed = there if consensus == "all" else int(consensus)
    if needed > there:
        raise UserError(f"pairs.consensus asks for {needed} reward models; this workspace has {there}: lower it.")
    return needed


def _at_rank(scores: np.ndarray, answered: np.ndarray, k: int) -> np.ndarray:
    """(n,) model row at rank k by falling score, -1 where fewer have one; (models, n) scores."""
    if k > len(scores):
        return np.full(scores.shape[1], -1)
    scored = answered & ~np.isnan(scores)
    order = np.argsort(np.where(scored, -scores, np.inf), axis=0, kind="stable")
    return np.where(scored.sum(axis=0) >= k, order[k - 1], -1)
