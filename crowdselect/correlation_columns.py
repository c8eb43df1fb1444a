"""What can be correlated: metrics, reward models or models, as columns over the rows that one looks at."""

from collections.abc import Callable

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.metrics.disagreement import DISAGREEMENT
from crowdselect.pool import Pool
from crowdselect.selection import Selection

# Difficulty with its sign turned: a column of its own would say everything twice.
REPEATS = frozenset({"reward_mean"})


def metric_columns(candidates: Candidates, rows: np.ndarray | None) -> dict[str, np.ndarray]:
    """Every metric and signal of the candidates: name -> (n,). `rows` are ascending pool rows, None for all."""
    places = _places(candidates, rows)
    names = [name for name in candidates.all_metric_names if name not in REPEATS]
    if len(candidates.pool.scores) < 2 and DISAGREEMENT not in candidates.pool.signals:
        names.remove(DISAGREEMENT)
    return {name: candidates.tied(name)[places] for name in names}


def model_columns(candidates: Candidates, rows: np.ndarray | None) -> dict[str, np.ndarray]:
    """Every model's scores under the candidates' reward model: name -> (n,); families together, small models first."""
    places = _places(candidates, rows)
    models = candidates.models
    order = sorted(range(len(models)), key=lambda i: (models[i].family or models[i].name, models[i].params_b or 0.0, i))
    return {models[i].name: candidates.scores[i][places] for i in order}


def reward_model_columns(candidates: Candidates, rows: np.ndarray | None) -> dict[str, np.ndarray]:
    """Every reward model's scores over all cells (a model's response to an instruction): name -> (models x rows,)."""
    scores = candidates.pool.scores
    return {name: (cells if rows is None else cells[:, rows]).ravel() for name, cells in scores.items()}


COLUMNS: dict[str, Callable[[Candidates, np.ndarray | None], dict[str, np.ndarray]]] = {
    "metrics": metric_columns,
    "reward_models": reward_model_columns,
    "models": model_columns,
}


def groups_of(matrix: str, candidates: Candidates, rows: np.ndarray | None) -> np.ndarray | None:
    """The instruction that each entry of those columns belongs to, where several belong to one: int, or None."""
    if matrix != "reward_models":
        return None
    count = len(candidates.pool) if rows is None else len(rows)
    return np.tile(np.arange(count), len(candidates.pool.models))


def marked(matrix: str, candidates: Candidates, rows: np.ndarray | None, chosen: np.ndarray) -> np.ndarray:
    """Which entries of those columns belong to the pool rows `chosen`: bool, as long as a column."""
    is_chosen = np.zeros(len(candidates.pool), dtype=bool)
    is_chosen[chosen] = True
    if matrix == "reward_models":
        here = is_chosen if rows is None else is_chosen[rows]
        return np.tile(here, len(candidates.pool.models))
    return is_chosen[candidates.rows[_places(candidates, rows)]]


def rows_selected(selection: Selection) -> np.ndarray:
    """The pool rows of a selection, ascending."""
    return np.sort(selection.rows)


def rows_of_cluster(pool: Pool, clustering: str, label: int) -> np.ndarray:
    """The pool rows of one cluster, ascending."""
    return np.flatnonzero(pool.clusterings[clustering].codes == label)


def _places(candidates: Candidates, rows: np.ndarray | None) -> np.ndarray | slice:
    """Where those of `rows` that are candidates stand among them."""
    return slice(None) if rows is None else np.flatnonzero(np.isin(candidates.rows, rows))
