"""Selections side by side: every one measured by the same yardstick, so that the numbers can be compared."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.metrics import METRICS
from crowdselect.overlap import Overlap, overlap
from crowdselect.selection import Selection

SHOWN = ("difficulty", "separability", "stability", "reward", "length_instruction", "length_response")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula


@dataclass(frozen=True)
class Entry:
    """One selection under the name it is shown by."""

    name: str
    selection: Selection


@dataclass(frozen=True)
class Shares:
    """How a set of rows is spread over `names` (c,): the pool (c,) and each selection (k, c), each summing to 1."""

    names: list[str]
    pool: np.ndarray
    selected: np.ndarray

    @property
    def with_pool(self) -> np.ndarray:
        """(k + 1, c): the pool's row first."""
        return np.vstack([self.pool, self.selected])


class SideBySide:
    """Up to a handful of selections from one pool; the first is the one that the others are compared with.

    `yardstick` holds every row with any score under the first one's reward model: by it all selections are measured,
    whatever scores they were chosen by. "The pool" is what the first one was chosen from.
    """

    def __init__(self, entries: Sequence[Entry], yardstick: Candidates) -> None:
        self.entries = list(entries)
        self.yardstick = yardstick
        self.pool: Candidates = entries[0].selection.candidates
        self.rows = [entry.selection.rows for entry in entries]

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.entries]

    def overlap(self) -> Overlap:
        return overlap(self.rows, len(self.pool.pool))

    def values(self, place: int, metric: str) -> np.ndarray:
        """The metric over one selection's rows, best first; NaN where the yardstick has no value.

        The response's length is that of the response which this selection would export.
        """
        selection = self.entries[place].selection
        if metric == "length_response":
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

    def cluster_shares(self, clustering: str) -> Shares:
        """Over the clusters of the pool; rows without a cluster are left out."""
        found = self.pool.pool.clusterings[clustering]
        labels = found.labels
        codes = [found.codes[rows] for rows in (self.pool.rows, *self.rows)]
        shares = [_shares(np.searchsorted(labels, each[each >= 0]), len(labels)) for each in codes]
        return Shares([found.names.get(int(label)) or str(label) for label in labels], shares[0], np.array(shares[1:]))

    def model_shares(self) -> Shares:
        """Over the models whose responses are exported; models that give none at all are left out."""
        models = self.pool.pool.models
        picks = [each.selection.candidates.chosen[each.selection.positions] for each in self.entries]
        shares = np.array([_shares(chosen, len(models)) for chosen in (self.pool.chosen, *picks)])
        used = np.flatnonzero(shares.any(axis=0))
        return Shares([models[place].name for place in used], shares[0, used], shares[1:, used])

    def table(self, clustering: str | None) -> list[dict[str, str | int | float]]:
        """One row a selection: what it is, how much it shares with the first, and its means."""
        shared = self.overlap()
        rows: list[dict[str, str | int | float]] = []
        for place, entry in enumerate(self.entries):
            models = entry.selection.candidates.chosen[entry.selection.positions]
            top = np.bincount(models, minlength=1).argmax() if len(models) else -1
            row: dict[str, str | int | float] = {
                "selection": entry.name,
                "strategy": entry.selection.recipe.select.strategy,
                "rows": len(entry.selection),
                "shared": int(shared.shared[0, place]),
                "jaccard": float(shared.jaccard[0, place]),
                **{metric: self.mean(place, metric) for metric in SHOWN},
            }
            if clustering is not None:
                codes = self.pool.pool.clusterings[clustering].codes[self.rows[place]]
                row["clusters"] = len(np.unique(codes[codes >= 0]))
            row["top_model"] = self.pool.pool.models[int(top)].name if top >= 0 else ""
            rows.append(row)
        return rows


def to_csv(rows: Sequence[Mapping[str, str | int | float]]) -> bytes:
    """The table as CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = list(rows[0]) if rows else []
    writer.writerow(columns)
    writer.writerows([plain(row[column]) for column in columns] for row in rows)
    return stream.getvalue().encode("utf-8")


def plain(cell: str | int | float) -> str:
    """A number as it is, a text as text; nothing for a number that is not there."""
    if isinstance(cell, str):
        text = cell.replace("\x00", "")
        return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
    return "" if cell != cell else repr(cell)


def metric_titles() -> list[str]:
    return [METRICS[name].title for name in SHOWN]


def _shares(places: np.ndarray, size: int) -> np.ndarray:
    counts = np.bincount(places[places >= 0], minlength=size).astype(np.float64)
    return counts / max(counts.sum(), 1.0)


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def _spread(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.std()) if len(there) else 0.0
