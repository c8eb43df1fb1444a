"""Which responses are equal but for white space: looked up in the texts where something turns on it, never held."""

from collections.abc import Sequence

import numpy as np

from crowdselect.store.build import Build
from crowdselect.store.texts import chosen_responses

AT_ONCE = 10_000  # pairs whose texts are read together


def same_words(build: Build, keys: Sequence[int], ones: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """(k,) bool: whether ones[i] and others[i], two models, answer instruction keys[i] with the same words."""
    same = np.zeros(len(keys), dtype=bool)
    for first in range(0, len(keys), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        texts = (chosen_responses(build, keys[part], models[part]) for models in (ones, others))
        same[part] = [one.split() == other.split() for one, other in zip(*texts, strict=True)]
    return same
