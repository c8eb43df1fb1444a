"""Metrics beside the way the published code computes them: a Python loop over rows and families."""

import numpy as np
from scipy.stats import spearmanr

from crowdselect.candidates import families_of
from crowdselect.metrics.difficulty import difficulty
from crowdselect.metrics.separability import separability
from crowdselect.metrics.stability import stability
from tests.benchmarks.crowd import MODELS, crowd
from tests.benchmarks.timing import best_seconds, once

LOOPED = 1_000  # rows the reference is timed on


def difficulty_separability(rows: int) -> dict[str, float]:
    scores = crowd(rows).scores["rm"]
    columns = scores[:, :LOOPED].T.tolist()
    slow = once(lambda: [(-np.mean(column), np.var(column)) for column in columns])
    fast = best_seconds(lambda: (difficulty(scores), separability(scores)))
    return {"rows": rows, "seconds": fast, "reference_seconds": slow * rows / len(columns)}


def stability_average(rows: int) -> dict[str, float]:
    scores, families = crowd(rows).scores["rm"], families_of(MODELS)
    columns = scores[:, :LOOPED].T
    slow = once(lambda: [_slow_stability(column, families) for column in columns])
    fast = best_seconds(lambda: stability(scores, families))
    return {"rows": rows, "seconds": fast, "reference_seconds": slow * rows / len(columns)}


def three_metrics(rows: int) -> dict[str, float]:
    parts = [difficulty_separability(rows), stability_average(rows)]
    return {"rows": rows} | {key: sum(part[key] for part in parts) for key in ("seconds", "reference_seconds")}


def _slow_stability(column: np.ndarray, families: list[np.ndarray]) -> float:
    rhos = [spearmanr(family[:, 1], column[family[:, 0].astype(int)]).statistic for family in families]
    return float(np.nanmean(rhos))
