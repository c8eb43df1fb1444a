"""How far to trust a selection: how much of it would be chosen by another crowd of the same kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from crowdselect.selection import Selection
from crowdselect.trust.again import crowd_rows
from crowdselect.trust.draws import checked, draws
from crowdselect.trust.halves import halves
from crowdselect.trust.redraw import Progress, Redraw

RESAMPLES = 200
JITTER = 0.1
CORE = 0.9  # chosen in at least this share of the resamples
HALVED, FEWEST = 8, 10  # one pair of halves for so many resamples, and so many pairs at least


@dataclass(frozen=True)
class Robustness:
    """What resampling says of a selection. A row is an instruction; which of its responses is exported may differ.

    What another crowd of the same kind would choose lies, on average, between `low` and `high`: two halves of the crowd
    share nothing, and each sees half; two resamples share what the crowd saw by chance.
    """

    over: tuple[str, ...]  # what was drawn anew
    resamples: int
    empty: int  # of these, resamples that select nothing; they are left out of all that follows
    halves: np.ndarray  # (h,) Jaccard index of what two halves of the crowd select, where both select something
    halves_empty: int  # pairs of halves that are left out, since one of them selects nothing
    pairs: np.ndarray  # (p,) Jaccard index of what a resample and the next one select
    inclusion: np.ndarray  # (n,) over pool rows: the share of resamples (that select anything) with the row, 0 to 1
    core: np.ndarray  # ascending pool rows of the selection that at least 90 % of the resamples choose too
    depends: bool  # False: the recipe looks at nothing that was drawn, and no resample differs

    @property
    def low(self) -> float:
        """The lower bound, the mean over pairs of halves; NaN where no pair selects anything."""
        return self._bounds[0]

    @property
    def high(self) -> float:
        """The upper bound, the mean over pairs of resamples; NaN where no two select anything."""
        return self._bounds[1]

    @property
    def _bounds(self) -> tuple[float, float]:
        halves, pairs = _mean(self.halves), _mean(self.pairs)
        return (pairs, halves) if pairs < halves else (halves, pairs)  # of a few draws chance may turn them round


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

    A bootstrap (Efron 1979): each resample is what the recipe would choose on a pool with the drawn crowd; beside it
    the crowd is halved. `share` is that of a core row. Memory: two threads with a few columns of metrics each.
    Deterministic for a seed. UserError for an unknown source.
    """
    over = checked(over)
    pool, recipe = selection.candidates.pool, selection.recipe
    again = Redraw(selection)
    crowd = crowd_rows(pool, recipe, "reward-models" in over)
    drawn = draws(pool, recipe, crowd, over, resamples, seed, jitter, again.methods)
    split = halves(pool, recipe, crowd, over, max(resamples // HALVED, FEWEST), seed, jitter)
    found = again.chosen([*drawn, *chain.from_iterable(split)], progress)
    every, parts = found[:resamples], found[resamples:]
    made = [rows for rows in every if len(rows)]
    counted = made if again.methods["resamples"] > 1 else every
    counts = np.zeros(len(pool), dtype=np.int64)
    for rows in counted:
        counts[rows] += 1
    inclusion = counts / max(len(counted), 1)
    both = [(one, other) for one, other in zip(parts[::2], parts[1::2], strict=True) if len(one) and len(other)]
    core = np.sort(selection.rows[inclusion[selection.rows] >= share - 1e-9])
    weighed = "weights" in over and recipe.select.strategy == "weighted"
    differs = any(jaccard(selection.rows, rows) < 1 for rows in found)
    return Robustness(
        over,
        resamples,
        len(every) - len(made),
        np.array([jaccard(one, other) for one, other in both]),
        len(split) - len(both),
        np.array([jaccard(one, other) for one, other in pairwise(made)]),
        inclusion,
        core,
        again.looked_at or weighed or differs,
    )


def _mean(jaccards: np.ndarray) -> float:
    return float(jaccards.mean()) if len(jaccards) else float("nan")


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Shared rows / rows in either, of two sets of distinct rows; 1 for two empty ones."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    either = len(one) + len(other) - shared
    return shared / either if either else 1.0
