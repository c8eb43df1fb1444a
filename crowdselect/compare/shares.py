"""What selections are made of: their shares of clusters, sources, tags, and models whose responses they take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.compare.effects import cramers_v, jensen_shannon
from crowdselect.errors import UserError
from crowdselect.selection import Selection

KINDS = ("clusters", "sources", "tags", "models")


@dataclass(frozen=True)
class Shares:
    """How rows are spread over `names` (c,): the pool (c,) and each selection (k, c), each summing to 1.

    A row with several tags counts once for each, so shares of tags are of all tags given. Rows without a group are
    left out. An empty selection has zeros.
    """

    names: list[str]
    pool: np.ndarray
    selected: np.ndarray
    counts: np.ndarray  # (k, c) rows of each selection
    rest: np.ndarray  # (k, c) rows of the pool that are not in it

    @classmethod
    def of(
        cls, kind: str, pool: Candidates, selections: Sequence[Selection], clustering: str | None = None
    ) -> "Shares":
        """`kind` is one of KINDS; `clustering` says which clusters. Groups that nothing falls in are left out."""
        names, count = _counter(kind, pool, clustering)
        everyone = np.arange(len(pool))
        whole = count(pool, everyone)
        counts, rest = [], []
        for selection in selections:
            counts.append(count(selection.candidates, selection.positions))
            rest.append(count(pool, everyone[~np.isin(pool.rows, selection.rows)]))
        counted = np.array(counts).reshape(len(selections), len(names))
        used = np.flatnonzero((whole > 0) | (counted > 0).any(axis=0))
        return cls(
            [names[place] for place in used], _part(whole[used]), _part(counted[:, used]), counted[:, used],
            np.array(rest).reshape(len(selections), len(names))[:, used],
        )  # fmt: skip

    def largest(self, most: int) -> "Shares":
        """The `most` groups with the largest shares of the pool, in their own order; shares stay those of all."""
        if len(self.names) <= most:
            return self
        kept = np.sort(np.argsort(-self.pool, kind="stable")[:most])
        return Shares(
            [self.names[each] for each in kept], self.pool[kept], self.selected[:, kept], self.counts[:, kept],
            self.rest[:, kept],
        )  # fmt: skip

    @property
    def with_pool(self) -> np.ndarray:
        """(k + 1, c): the pool's row first."""
        return np.vstack([self.pool, self.selected])

    @property
    def distances(self) -> np.ndarray:
        """(k,) Jensen-Shannon distance of each selection's shares to the pool's."""
        return np.array([jensen_shannon(each, self.pool) for each in self.selected])

    @property
    def associations(self) -> np.ndarray:
        """(k,) Cramér's V between being selected and the group; over selected rows and the rest of the pool."""
        return np.array([cramers_v(each, rest) for each, rest in zip(self.counts, self.rest, strict=True)])


Counter = Callable[[Candidates, np.ndarray], np.ndarray]  # rows of each group, (c,), among these positions


def _counter(kind: str, pool: Candidates, clustering: str | None) -> tuple[list[str], Counter]:
    """The groups of that kind, and what counts them."""
    rows = pool.pool
    if kind == "clusters":
        if clustering is None:
            raise UserError("There is no clustering in this workspace: run `python -m precompute run cluster`.")
        pool.cluster_codes(clustering)  # says which there are where the name is wrong
        found = rows.clusterings[clustering]
        codes = np.where(found.codes >= 0, np.searchsorted(found.labels, found.codes), -1)
        return [found.names.get(int(label)) or str(label) for label in found.labels], _by_row(codes, len(found.labels))
    if kind == "sources":
        sources, places = np.unique(rows.sources.astype(str), return_inverse=True)
        return [source or "(none)" for source in sources.tolist()], _by_row(places, len(sources))
    if kind == "tags":
        return list(rows.tags), lambda candidates, positions: _tagged(candidates, positions)
    if kind == "models":
        size = len(rows.models)
        return [model.name for model in rows.models], lambda candidates, positions: _count(
            candidates.chosen[positions], size
        )
    raise UserError(f"Unknown kind of shares {kind!r}; choose one of {', '.join(KINDS)}.")


def _by_row(codes: np.ndarray, size: int) -> Counter:
    return lambda candidates, positions: _count(codes[candidates.rows[positions]], size)


def _count(codes: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(codes[codes >= 0], minlength=size)


def _tagged(candidates: Candidates, positions: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(candidates.pool), dtype=bool)
    inside[candidates.rows[positions]] = True
    return np.array([int(inside[rows].sum()) for rows in candidates.pool.tags.values()], dtype=np.int64)


def _part(counts: np.ndarray) -> np.ndarray:
    """Counts (..., c) as shares of their sum."""
    return counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
