"""How far to trust a selection: how much of it would be chosen by another crowd of the same kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.selection import Selection
from crowdselect.trust.again import crowd_rows
from crowdselect.trust.draws import checked, draws
from crowdselect.trust.redraw import Progress, Redraw

RESAMPLES = 200
JITTER = 0.1
CORE = 0.9  # chosen in at least this share of the resamples
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class Robustness:
    """What resampling says of a selection. A row is an instruction; which of its responses is exported may differ."""

    over: tuple[str, ...]  # what was drawn anew
    resamples: int
    jaccards: np.ndarray  # (resamples,) shared rows / rows in either, with the selection as it is
    inclusion: np.ndarray  # (n,) over pool rows: the share of resamples that choose the row, 0 to 1
    core: np.ndarray  # ascending pool rows of the selection that at least 90 % of the resamples choose too
    depends: bool  # False: the recipe looks at nothing that was drawn, and no resample differs

    @property
    def expected(self) -> float:
        """The mean Jaccard index."""
        return float(self.jaccards.mean())

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval over resamples (2.5th percentile)."""
        return float(np.percentile(self.jaccards, INTERVAL[0]))

    @property
    def high(self) -> float:
        """Its upper end (97.5th percentile)."""
        return float(np.percentile(self.jaccards, INTERVAL[1]))


def robustness(
    selection: Selection,
    *,
    resamples: int = RESAMPLES,
    seed: int = 42,
    over: Sequence[str] = ("models",),
    jitter: float = JITTER,
    share: float = CORE,
    progress: Progress | None = None,
) -> Robustness:
    """Makes the selection again for `resamples` draws of what `over` names (`draws.SOURCES`), all of it at once.

    A bootstrap (Efron 1979): each resample is what the recipe would choose on a pool with the drawn crowd. `share` is
    that of a core row. Memory: two threads with a few columns of metrics each. Deterministic for a seed.
    UserError for an unknown source.
    """
    over = checked(over)
    pool, recipe = selection.candidates.pool, selection.recipe
    again = Redraw(selection)
    crowd = crowd_rows(pool, recipe, "reward-models" in over)
    found = again.chosen(draws(pool, recipe, crowd, over, resamples, seed, jitter, again.methods), progress)
    counts = np.zeros(len(pool), dtype=np.int64)
    for rows in found:
        counts[rows] += 1
    inclusion = counts / max(len(found), 1)
    jaccards = np.array([jaccard(selection.rows, rows) for rows in found])
    core = np.sort(selection.rows[inclusion[selection.rows] >= share - 1e-9])
    weighed = "weights" in over and recipe.select.strategy == "weighted"
    depends = again.looked_at or weighed or bool((jaccards < 1).any())
    return Robustness(over, resamples, jaccards, inclusion, core, depends)


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Shared rows / rows in either, of two sets of distinct rows; 1 for two empty ones."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    either = len(one) + len(other) - shared
    return shared / either if either else 1.0
