"""Fits the item-response model that suits the scores' levels."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from crowdselect.irt import linear, logistic
from crowdselect.metrics.blocks import COLUMNS, mean

ROUNDS = 100
TOLERANCE = 1e-6
ABILITY_ROWS = 4_000  # evenly spaced rows that abilities are fitted on: more move them by less than their error


@dataclass(frozen=True)
class ItemResponse:
    """Difficulty and discrimination of each row, NaN where it has no score; the models' abilities."""

    difficulty: np.ndarray  # (n,) minus the intercept: what a model of mean ability scores, its sign turned
    discrimination: np.ndarray  # (n,) the slope: what a standard deviation of ability adds
    ability: np.ndarray  # (models,) mean 0, standard deviation 1; 0 for a model without scores

    def at(self, rows: np.ndarray) -> "ItemResponse":
        """The same fit, for some of its rows."""
        return ItemResponse(self.difficulty[rows], self.discrimination[rows], self.ability)


def item_response(scores: np.ndarray) -> ItemResponse:
    """The model of scores (models, n), NaN where there is none: 2PL where they have two levels, else linear."""
    kind, scores = _levels(scores)
    there = ~np.isnan(scores)
    rows = np.flatnonzero(there.any(axis=0))
    ability = _ability(kind, scores[:, rows[:: max(len(rows) // ABILITY_ROWS, 1)]], there.any(axis=1))
    difficulty, discrimination = np.full(scores.shape[1], np.nan), np.full(scores.shape[1], np.nan)
    for start in range(0, len(rows), COLUMNS):
        block = rows[start : start + COLUMNS]
        intercept, slope = kind.items(scores[:, block], ability)
        difficulty[block], discrimination[block] = 0.0 - intercept, slope
    return ItemResponse(difficulty, discrimination, ability)


def _levels(scores: np.ndarray) -> tuple[ModuleType, np.ndarray]:
    """The kind of model, and the scores as it takes them."""
    there = ~np.isnan(scores)
    low, high = np.min(scores, where=there, initial=np.inf), np.max(scores, where=there, initial=-np.inf)
    if low < high and bool(((scores == low) | (scores == high) | ~there).all()):
        return logistic, np.where(there, scores == high, np.nan)
    return linear, scores


def _ability(kind: ModuleType, scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The models' abilities, in turns with the instructions' lines."""
    ability = _standard(_first(scores), known)
    items = None
    for _ in range(ROUNDS if scores.size else 0):
        items = kind.items(scores, ability, items)
        before, ability = ability, _standard(kind.abilities(scores, *items, ability), known)
        if np.abs(ability - before).max() < TOLERANCE:
            break
    rising = np.nansum((scores - mean(scores)) * ability[:, None])
    return -ability if rising < 0 else ability


def _first(scores: np.ndarray) -> np.ndarray:
    """A first guess at the abilities: the direction in which the models' scores differ most."""
    apart = np.nan_to_num(scores - mean(scores))
    return np.linalg.eigh(apart @ apart.T)[1][:, -1] if apart.size else np.zeros(len(scores))


def _standard(ability: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over the models with scores; all 0 where they are equal."""
    result = np.zeros(len(ability))
    if known.any():
        centred = ability[known] - ability[known].mean()
        spread = centred.std()
        result[known] = centred / spread if spread > 1e-9 else 0.0
    return result
