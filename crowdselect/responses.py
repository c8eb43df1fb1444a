"""Which of an instruction's responses is the one to learn from.

Each rule maps scores (models, n), the responses' words (models, n; -1 where there is none to choose) and a stream of
random numbers to the model row chosen for each instruction: (n,) int32, -1 where no response can be. A draw depends on
the stream and the instruction's place in the pool alone. To add one: write a function below and name it in RESPONSES.
"""

from collections.abc import Callable

import numpy as np

from crowdselect.methods import Methods
from crowdselect.pool import Pool


def best(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The best scored, of equals the first model by name; an answer without a score comes after every scored one."""
    return _or_none(np.argmax(_preference(scores, words >= 0), axis=0), words)


def random(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Any response, each as likely."""
    answered = words >= 0
    nth = _draw(answered.sum(axis=0), rng)
    return _or_none(np.argmax(np.cumsum(answered, axis=0) > nth, axis=0), words)


def top_k_random(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator, *, k: int = 5) -> np.ndarray:
    """One of the k best scored, each as likely."""
    answered = words >= 0
    ranked = np.argsort(-_preference(scores, answered), axis=0, kind="stable")
    nth = _draw(np.minimum(answered.sum(axis=0), k), rng)
    return _or_none(ranked[nth, np.arange(len(nth))], words)


def worst(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The worst scored, of equals the first model by name; an answer without a score comes after every scored one."""
    return _or_none(np.argmax(_preference(-scores, words >= 0), axis=0), words)


def longest(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The one with most words, of equals the first model by name."""
    return _or_none(np.argmax(words, axis=0), words)


def shortest(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The one with fewest words, of equals the first model by name."""
    return _or_none(np.argmin(np.where(words >= 0, words, np.iinfo(words.dtype).max), axis=0), words)


def named_model(scores: np.ndarray, words: np.ndarray, rng: np.random.Generator, *, model: int) -> np.ndarray:
    """The response of one model, given by its row."""
    return np.where(words[model] >= 0, model, -1).astype(np.int32)


RESPONSES: dict[str, Callable[..., np.ndarray]] = {
    "best": best,
    "worst": worst,
    "random": random,
    "top_k_random": top_k_random,
    "longest": longest,
    "shortest": shortest,
    "model": named_model,
}


def words_to_choose_from(pool: Pool, methods: Methods) -> np.ndarray:
    """(models, n) int32 words of the responses that may be chosen, -1 where there is none: blank ones may not."""
    return pool.response_words if methods["responses"] == 1 else pool.choosable_words


_UNSCORED, _UNANSWERED = np.finfo(np.float64).min, -np.inf


def _preference(scores: np.ndarray, answered: np.ndarray) -> np.ndarray:
    return np.where(answered, np.where(np.isnan(scores), _UNSCORED, scores), _UNANSWERED)


def _draw(among: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """0 to among-1 for each instruction (0 where there is nothing to draw from)."""
    draws = rng.random(len(among))
    return np.minimum((draws * among).astype(np.int64), np.maximum(among - 1, 0))


def _or_none(chosen: np.ndarray, words: np.ndarray) -> np.ndarray:
    return np.where((words >= 0).any(axis=0), chosen, -1).astype(np.int32)
