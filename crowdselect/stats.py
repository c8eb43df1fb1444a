"""What a selection looks like beside the pool it was taken from."""

import math
from dataclasses import dataclass

import numpy as np

from crowdselect.selection import Selection


@dataclass(frozen=True)
class Comparison:
    """One metric's mean over the selection and over the candidates; NaN where no row has a value."""

    selected: float
    pool: float
    spread: float  # standard deviation over the candidates (ddof 0)

    @property
    def change(self) -> float:
        """The difference of the means; exactly 0 where they differ by rounding alone."""
        return 0.0 if math.isclose(self.selected, self.pool, rel_tol=1e-12) else self.selected - self.pool

    @property
    def shift(self) -> float:
        """The difference of the means in standard deviations of the pool; NaN where the pool has no spread."""
        return (self.selected - self.pool) / self.spread if self.spread > 0 else float("nan")


@dataclass(frozen=True)
class Coverage:
    """Rows of each cluster: `labels`, `selected` and `pool` are (k,), aligned, by label."""

    labels: np.ndarray
    names: list[str]
    selected: np.ndarray
    pool: np.ndarray

    @property
    def covered(self) -> int:
        """Clusters with at least one selected row."""
        return int((self.selected > 0).sum())


def compare_metric(selection: Selection, name: str) -> Comparison:
    """The named metric, selection against candidates."""
    candidates = selection.candidates
    values = candidates.metric(name)
    mean, spread = candidates.kept(("mean and spread", name), lambda: (_mean(values), _spread(values)))
    return Comparison(_mean(values[selection.positions]), mean, spread)


def coverage(selection: Selection, clustering: str) -> Coverage:
    """How many rows of each cluster of the candidates were selected."""
    codes = selection.candidates.cluster_codes(clustering)
    order, starts, members = selection.candidates.groups(clustering)
    labels = codes[order[starts[:-1]]]
    chosen = codes[selection.positions]
    counts = np.bincount(np.searchsorted(labels, chosen[chosen >= 0]), minlength=len(labels))
    names = selection.candidates.pool.clusterings[clustering].names
    return Coverage(labels, [names.get(int(label), "") for label in labels], counts, members)


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def _spread(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.std()) if len(there) else float("nan")
