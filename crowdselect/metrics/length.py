"""Length: how many words the chosen response has."""

import numpy as np


def length_of_responses(words: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(models, n) word counts and the chosen model of each row (n,), -1 for none, to (n,); NaN where there is none."""
    lengths = np.full(words.shape[1], np.nan)
    rows = np.flatnonzero(chosen >= 0)
    lengths[rows] = words[chosen[rows], rows]
    lengths[lengths < 0] = np.nan
    return lengths
