"""Everything that is said of how far the reward models agree."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import stdtr

from crowdselect.agreement import alpha
from crowdselect.agreement.rows import over_models
from crowdselect.correlations import Column, kendall, spearman
from crowdselect.errors import UserError
from crowdselect.metrics.disagreement import disagreement
from crowdselect.pool import Pool
from crowdselect.zscores import rated_by_all, z_scores


@dataclass(frozen=True)
class Agreement:
    """Of R reward models on a pool of n instructions and M models; pairs as in `pairs`, NaN where there is no value."""

    reward_models: list[str]
    models: list[str]
    pairs: list[tuple[int, int]]  # (P,) of reward models, by place
    spearman_rows: np.ndarray  # (P, n) over the models' responses to one instruction
    kendall_rows: np.ndarray  # (P, n) tau-b
    spearman_models: np.ndarray  # (P, M) over the instructions, one model's responses
    p_models: np.ndarray  # (P, M) two-sided, of those Spearman's rhos
    kendall_models: np.ndarray  # (P, M) tau-b; of many instructions an even sample of 5,000
    flipped: np.ndarray  # (P, n) 1.0 where the two name a different best response, 0.0 where the same
    disagreement: np.ndarray  # (n,) the metric of that name
    alpha_interval: float  # of the responses' z-scores by each reward model; over those that all have rated
    alpha_ordinal: float  # of those responses' ranks within their instruction

    @property
    def p_values(self) -> np.ndarray:
        """(P,) two-sided p of the mean over instructions of Spearman's rho: Student's t, instructions are drawn."""
        return np.array([_p_of_mean(each) for each in self.spearman_rows])

    @property
    def flips(self) -> np.ndarray:
        """(P,) the share of instructions whose best response is another one."""
        return np.array([_mean(each) for each in self.flipped])

    def matrix(self, by_pair: np.ndarray, own: float) -> np.ndarray:
        """(R, R) symmetric, of a value for each pair; `own` on the diagonal."""
        square = np.full((len(self.reward_models),) * 2, own)
        for (first, second), value in zip(self.pairs, by_pair, strict=True):
            square[first, second] = square[second, first] = value
        return square

    def mean_by_row(self, values: np.ndarray) -> np.ndarray:
        """(n,) the mean over pairs of (P, n) values, of those that are there."""
        there = ~np.isnan(values)
        count = there.sum(axis=0)
        total = np.where(there, values, 0.0).sum(axis=0)
        return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0)

    def mean_by_pair(self, values: np.ndarray) -> np.ndarray:
        """(P,) the mean over instructions or models of (P, k) values, of those that are there."""
        return np.array([_mean(each) for each in values])


def agreement(pool: Pool) -> Agreement:
    """How far the pool's reward models agree. UserError where it has fewer than two."""
    names = list(pool.scores)
    if len(names) < 2:
        raise UserError(
            f"Agreement needs two reward models; this workspace has {', '.join(names) or 'none'}. Ingest scores by"
            " another, or run `python -m precompute run reward`."
        )
    scores = list(pool.scores.values())
    pairs = list(combinations(range(len(names)), 2))
    rows = [over_models(scores[a], scores[b]) for a, b in pairs]
    shared = rated_by_all(pool.scores)
    ranked = [[Column(cells) for cells in each] for each in scores]
    by_model = [[(spearman(*of), kendall(*of)) for of in zip(ranked[a], ranked[b], strict=True)] for a, b in pairs]
    return Agreement(
        names,
        [model.name for model in pool.models],
        pairs,
        np.array([rho for rho, _ in rows]),
        np.array([tau for _, tau in rows]),
        np.array([[rho.coefficient for rho, _ in each] for each in by_model]).reshape(len(pairs), -1),
        np.array([[rho.p_value for rho, _ in each] for each in by_model]).reshape(len(pairs), -1),
        np.array([[tau.coefficient for _, tau in each] for each in by_model]).reshape(len(pairs), -1),
        np.array([_flipped(scores[a], scores[b]) for a, b in pairs]),
        disagreement(pool),
        alpha.interval(np.array([each[shared] for each in z_scores(pool.scores)])),
        alpha.ordinal(np.array([_ranks(np.where(shared, each, np.nan))[shared] for each in scores])),
    )


def _flipped(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n,) among the responses that both scored, the first model by name on ties; NaN where there are under two."""
    both = ~(np.isnan(first) | np.isnan(second))
    best = [np.argmax(np.where(both, each, -np.inf), axis=0) for each in (first, second)]
    return np.where(both.sum(axis=0) >= 2, (best[0] != best[1]).astype(np.float64), np.nan)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """(models, n) each response's average rank among its instruction's, centred."""
    ranks = np.zeros(scores.shape)
    for low in range(len(scores)):
        for high in range(low + 1, len(scores)):
            sign = (scores[high] > scores[low]).view(np.int8) - (scores[high] < scores[low]).view(np.int8)
            ranks[high] += sign
            ranks[low] -= sign
    return np.where(np.isnan(scores), np.nan, ranks / 2.0)


def _p_of_mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    if len(there) < 3:
        return float("nan")
    error = there.std(ddof=1) / np.sqrt(len(there))
    if not error > 0:
        return 0.0 if there.any() else 1.0
    return float(2.0 * stdtr(len(there) - 1, -abs(there.mean()) / error))


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")
