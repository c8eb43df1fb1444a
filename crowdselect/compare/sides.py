"""Selections side by side: every one measured by the same yardstick, so that the numbers can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.compare.shares import Shares
from crowdselect.metrics import METRICS
from crowdselect.overlap import Overlap, overlap
from crowdselect.selection import Selection

SHOWN = ("difficulty", "separability", "stability", "reward", "length_instruction", "length_response")


@dataclass(frozen=True)
class Entry:
    """One selection under the name it is shown by."""

    name: str
    selection: Selection


class SideBySide:
    """Selections from one pool; the first is the one that the others are compared with.

    `yardstick` holds every row with any score under the first one's reward model: by it all selections are measured,
    whatever scores they were chosen by. "The pool" is what the first one was chosen from. `key` is equal for equal
    selections where the caller says which `build` they are from.
    """

    def __init__(self, entries: Sequence[Entry], yardstick: Candidates, build: str = "") -> None:
        self.entries = list(entries)
        self.build = build
        self.yardstick = yardstick
        self.pool: Candidates = entries[0].selection.candidates
        self.rows = [entry.selection.rows for entry in entries]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.entries]

    @property
    def key(self) -> tuple[str, ...]:
        return (self.build, *(f"{entry.name} {entry.selection.recipe.key}" for entry in self.entries))

    def overlap(self) -> Overlap:
        return overlap(self.rows, len(self.pool.pool))

    def values(self, place: int, metric: str) -> np.ndarray:
        """The metric over one selection's rows, best first; NaN where the yardstick has no value.

        What is of a response, as its length, is that of the response which this selection would export.
        """
        selection = self.entries[place].selection
        if metric == "length_response" or metric in self.pool.pool.response_signals:
            return selection.candidates.metric(metric)[selection.positions]
        found = np.full(len(selection), np.nan)
        if len(self.yardstick):
            at = np.searchsorted(self.yardstick.rows, selection.rows).clip(max=len(self.yardstick) - 1)
            known = self.yardstick.rows[at] == selection.rows
            found[known] = self.yardstick.metric(metric)[at[known]]
        return found

    def mean(self, place: int, metric: str) -> float:
        return _mean(self.values(place, metric))

    def pool_mean(self, metric: str) -> float:
        return _mean(self.pool.metric(metric))

    def shifts(self, metrics: Sequence[str]) -> np.ndarray:
        """(selections, metrics): how far each mean lies from the pool's, in the pool's standard deviations."""
        shift = np.full((len(self.entries), len(metrics)), np.nan)
        for column, metric in enumerate(metrics):
            spread = _spread(self.pool.metric(metric))
            for place in range(len(self.entries)):
                if spread > 0:
                    shift[place, column] = (self.mean(place, metric) - self.pool_mean(metric)) / spread
        return shift

    def shares(self, kind: str, clustering: str | None = None) -> Shares:
        """How the pool and every selection are spread over clusters, sources, tags or models (see `shares.KINDS`)."""
        return Shares.of(kind, self.pool, [entry.selection for entry in self.entries], clustering)

    def cluster_shares(self, clustering: str) -> Shares:
        return self.shares("clusters", clustering)

    def model_shares(self) -> Shares:
        return self.shares("models")


def metric_titles() -> list[str]:
    return [METRICS[name].title for name in SHOWN]


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def _spread(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.std()) if len(there) else 0.0
