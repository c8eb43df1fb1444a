"""Which of an instruction's responses is the one to learn from.

Each rule maps scores (models, n), answered (models, n) bool and a seed to the model row chosen for each instruction:
(n,) int32, -1 where no response can be. Draws depend on the seed and the instruction's place in the pool alone.
To add one: write a function below and name it in RESPONSES.
"""

from collections.abc import Callable

import numpy as np


def best(scores: np.ndarray, answered: np.ndarray, seed: int) -> np.ndarray:
    """The best scored, of equals the first model by name; an answer without a score comes after every scored one."""
    return _or_none(np.argmax(_preference(scores, answered), axis=0), answered)


def random(scores: np.ndarray, answered: np.ndarray, seed: int) -> np.ndarray:
    """Any response, each as likely."""
    nth = _draw(answered.sum(axis=0), seed)
    return _or_none(np.argmax(np.cumsum(answered, axis=0) > nth, axis=0), answered)


def top_k_random(scores: np.ndarray, answered: np.ndarray, seed: int, *, k: int = 5) -> np.ndarray:
    """One of the k best scored, each as likely."""
    ranked = np.argsort(-_preference(scores, answered), axis=0, kind="stable")
    nth = _draw(np.minimum(answered.sum(axis=0), k), seed)
    return _or_none(ranked[nth, np.arange(len(nth))], answered)


def named_model(scores: np.ndarray, answered: np.ndarray, seed: int, *, model: int) -> np.ndarray:
    """The response of one model, given by its row."""
    return np.where(answered[model], model, -1).astype(np.int32)


RESPONSES: dict[str, Callable[..., np.ndarray]] = {
    "best": best,
    "random": random,
    "top_k_random": top_k_random,
    "model": named_model,
}

_UNSCORED, _UNANSWERED = np.finfo(np.float64).min, -np.inf


def _preference(scores: np.ndarray, answered: np.ndarray) -> np.ndarray:
    return np.where(answered, np.where(np.isnan(scores), _UNSCORED, scores), _UNANSWERED)


def _draw(among: np.ndarray, seed: int) -> np.ndarray:
    """0 to among-1 for each instruction (0 where there is nothing to draw from)."""
    draws = np.random.default_rng(seed).random(len(among))
    return np.minimum((draws * among).astype(np.int64), np.maximum(among - 1, 0))


def _or_none(chosen: np.ndarray, answered: np.ndarray) -> np.ndarray:
    return np.where(answered.any(axis=0), chosen, -1).astype(np.int32)
