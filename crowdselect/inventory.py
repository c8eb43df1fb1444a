"""What a pool holds and what it lacks: the numbers of an overview."""

from dataclasses import dataclass

import numpy as np

from crowdselect.pool import Pool


@dataclass(frozen=True)
class ScoreRange:
    """One reward model: how many cells it scored, and the spread of its scores (NaN where it scored none)."""

    reward_model: str
    scored: int
    cells: int
    complete: int  # instructions with a score for every model it scored at all
    lowest: float
    mean: float
    highest: float


def score_ranges(pool: Pool) -> list[ScoreRange]:
    """A line for each reward model, by name."""
    return [_range(pool, name, matrix) for name, matrix in pool.scores.items()]


def missing_share(pool: Pool) -> np.ndarray:
    """(models, reward models): the share of instructions without that score, 0 to 1."""
    columns = [
        np.isnan(matrix).mean(axis=1) if len(pool) else np.zeros(len(pool.models)) for matrix in pool.scores.values()
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(pool.models), 0))


def responses(pool: Pool) -> int:
    """How many responses there are."""
    return int((pool.response_words >= 0).sum())


def responses_by_model(pool: Pool) -> list[int]:
    """How many instructions each model answered."""
    return [int(count) for count in (pool.response_words >= 0).sum(axis=1)]


def covered(pool: Pool) -> dict[str, dict[str, int]]:
    """For clusterings and projections: name -> how many instructions have a value."""
    return {
        "clusters": {name: int((clustering.codes >= 0).sum()) for name, clustering in pool.clusterings.items()},
        "projections": {name: int(np.isfinite(points[:, 0]).sum()) for name, points in pool.projections.items()},
    }


def _range(pool: Pool, name: str, matrix: np.ndarray) -> ScoreRange:
    there = ~np.isnan(matrix)
    crowd = there.any(axis=1)
    complete = int(there[crowd].all(axis=0).sum()) if crowd.any() else 0
    scored = int(there.sum())
    if not scored:
        return ScoreRange(name, 0, matrix.size, 0, *[float("nan")] * 3)
    return ScoreRange(
        name,
        scored,
        matrix.size,
        complete,
        float(np.nanmin(matrix)),
        float(np.nanmean(matrix)),
        float(np.nanmax(matrix)),
    )
