"""Item response: how hard each instruction is and how well it tells good models from bad ones, all models at once.

The two-parameter logistic model (Birnbaum 1968): a response by a model of ability t to an instruction of difficulty b
and discrimination a is good with probability p = 1 / (1 + exp(-a (t - b))). Scores are no yes or no, so each enters as
its average rank among all scores, on (0, 1), and the likelihood is the fractional one, y log p + (1 - y) log(1 - p)
(Papke and Wooldridge 1996). Fitted by joint maximum a posteriori, in turns: instructions by Fisher scoring with
priors log a ~ N(0, 0.5), b ~ N(0, 2); models by Newton's method with t ~ N(0, 1), brought to mean 0 and deviation 1.
"""

from dataclasses import dataclass

import numpy as np

from crowdselect.normalize import rank

LOG_A_SD, B_SD = 0.5, 2.0  # of the priors
ROUNDS, STEPS, MOST_STEP = 30, 25, 1.0
TOLERANCE = 1e-6
ABILITY_ROWS = 4_000  # evenly spaced rows that abilities are fitted on: more move them by less than their error
BLOCK = 16_384


@dataclass(frozen=True)
class ItemResponse:
    """Difficulty and discrimination (> 0) of each row, NaN where it has no score; the models' abilities."""

    difficulty: np.ndarray  # (n,) in deviations of ability: a model of that ability does as well as the median answer
    discrimination: np.ndarray  # (n,)
    ability: np.ndarray  # (models,) mean 0, standard deviation 1; 0 for a model without scores

    def at(self, rows: np.ndarray) -> "ItemResponse":
        """The same fit, for some of its rows."""
        return ItemResponse(self.difficulty[rows], self.discrimination[rows], self.ability)


def item_response(scores: np.ndarray) -> ItemResponse:
    """The 2PL model of scores (models, n), NaN where there is none. Depends on the scores' order alone."""
    good = _shares(scores)
    there = ~np.isnan(good)
    rows = np.flatnonzero(there.any(axis=0))
    ability = _start(good)
    step = max(len(rows) // ABILITY_ROWS, 1)
    sample = good[:, rows[::step]]
    log_a, b = np.zeros(sample.shape[1]), np.zeros(sample.shape[1])
    for _ in range(ROUNDS if sample.size else 0):
        log_a, b = _items(sample, ability, log_a, b)
        before, ability = ability, _standard(_abilities(sample, np.exp(log_a), b, ability), there.any(axis=1))
        if np.abs(ability - before).max() < TOLERANCE:
            break
    difficulty, discrimination = np.full(good.shape[1], np.nan), np.full(good.shape[1], np.nan)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        log_a, b = _items(good[:, block], ability, np.zeros(len(block)), np.zeros(len(block)))
        difficulty[block], discrimination[block] = b, np.exp(log_a)
    return ItemResponse(difficulty, discrimination, ability)


def _shares(scores: np.ndarray) -> np.ndarray:
    """Each score's average rank among all that there are, strictly between 0 and 1."""
    shares = np.full(scores.shape, np.nan)
    there = ~np.isnan(scores)
    count = int(there.sum())
    if count:
        shares[there] = (rank(scores[there]) * (count - 1) + 0.5) / count
    return shares


def _start(good: np.ndarray) -> np.ndarray:
    """A first guess at the abilities: the models' mean ranks."""
    there = ~np.isnan(good)
    count = there.sum(axis=1)
    mean = np.divide(np.where(there, good, 0.0).sum(axis=1), count, out=np.full(len(good), 0.5), where=count > 0)
    return _standard(mean, count > 0)


def _standard(ability: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over the models with scores; all 0 where they are equal."""
    result = np.zeros(len(ability))
    if known.any():
        centred = ability[known] - ability[known].mean()
        spread = centred.std()
        result[known] = centred / spread if spread > 1e-9 else 0.0
    return result


def _items(good: np.ndarray, ability: np.ndarray, log_a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best log a and b of each column for these abilities, from a start: Fisher scoring, all columns at once."""
    there = ~np.isnan(good)
    whole = bool(there.all())
    good = good if whole else np.where(there, good, 0.5)
    for _ in range(STEPS):
        a = np.exp(log_a)
        z = a * (ability[:, None] - b)
        p = _logistic(z)
        residual, weight = good - p, p * (1.0 - p)
        if not whole:
            residual *= there
            weight *= there
        gradient_a = np.einsum("mn,mn->n", residual, z) - log_a / LOG_A_SD**2
        gradient_b = -a * residual.sum(axis=0) - b / B_SD**2
        weighted = weight * z
        aa = np.einsum("mn,mn->n", weighted, z) + LOG_A_SD**-2
        ab = -a * weighted.sum(axis=0)
        bb = a * a * weight.sum(axis=0) + B_SD**-2
        determinant = aa * bb - ab * ab
        step_a = (bb * gradient_a - ab * gradient_b) / determinant
        step_b = (aa * gradient_b - ab * gradient_a) / determinant
        log_a = log_a + np.clip(step_a, -MOST_STEP, MOST_STEP)
        b = b + np.clip(step_b, -MOST_STEP, MOST_STEP)
        if max(np.abs(step_a).max(), np.abs(step_b).max()) < TOLERANCE:
            break
    return log_a, b


def _abilities(good: np.ndarray, a: np.ndarray, b: np.ndarray, ability: np.ndarray) -> np.ndarray:
    """The best ability of each model for these instructions: Newton's method on a concave function."""
    there = ~np.isnan(good)
    for _ in range(STEPS):
        p = _logistic(a * (ability[:, None] - b))
        gradient = np.where(there, a * (good - p), 0.0).sum(axis=1) - ability
        curvature = np.where(there, a * a * p * (1.0 - p), 0.0).sum(axis=1) + 1.0
        step = np.clip(gradient / curvature, -MOST_STEP, MOST_STEP)
        ability = ability + step
        if np.abs(step).max() < TOLERANCE:
            break
    return ability


def _logistic(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))
