"""Which value of a field each candidate has, and how many rows of a value a selection of some size may hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.spec import Share
from crowdselect.errors import UserError
from crowdselect.quotas import QUOTAS

LANGUAGE = "language"  # the clustering that the job `language` makes
EPSILON = 1e-9  # 0.3 of 10 rows are 3, whatever the floating point says


@dataclass(frozen=True)
class Groups:
    """Groups that no row is in two of. `codes` (n,) is a row's group, -1 for none; names (g,); shares (g,)."""

    codes: np.ndarray
    names: list[str]
    least: np.ndarray  # share of the selection, 0 where there is no minimum
    most: np.ndarray  # 1 where there is no maximum

    def bounds(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """(g,) int64: the fewest and the most rows of each group in a selection of `size`."""
        fewest = np.ceil(self.least * size - EPSILON).astype(np.int64)
        return np.maximum(fewest, 0), np.floor(self.most * size + EPSILON).astype(np.int64)


@dataclass(frozen=True)
class Quota(Groups):
    """The quota of each cluster as the most rows of it. Rows without a cluster are a group that gives nothing."""

    members: np.ndarray  # (g - 1,) candidates of each cluster
    rule: str

    def bounds(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        most = np.append(QUOTAS[self.rule](size, self.members), 0)
        return np.zeros_like(most), most


def quota_groups(candidates: Candidates, clustering: str, rule: str) -> Quota:
    rows, starts, members = candidates.groups(clustering)
    codes = np.full(len(candidates), len(members))
    codes[rows] = np.repeat(np.arange(len(members)), members)
    labels = candidates.cluster_codes(clustering)[rows[starts[:-1]]]
    none = np.zeros(len(members) + 1)
    return Quota(codes, [*map(str, labels), "none"], none, none + 1, members, rule)


@dataclass(frozen=True)
class Widened(Groups):
    """Groups with more rows of each than they give by themselves."""

    of: Groups
    more: np.ndarray  # (g,)

    @classmethod
    def by(cls, groups: Groups, more: np.ndarray) -> "Widened":
        return cls(groups.codes, groups.names, groups.least, groups.most, groups, more)

    def bounds(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        fewest, most = self.of.bounds(size)
        return fewest, most + self.more


class Fields:
    """The values of every field over some candidates, each read when first asked for."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates = candidates
        self._known: dict[tuple[str, str | None], tuple[list[str], np.ndarray]] = {}

    def values(self, by: str, clustering: str | None) -> tuple[list[str], np.ndarray]:
        """The names of a field's values, and (n,) int the value of each candidate, -1 for none. Not for tags."""
        if (by, clustering) not in self._known:
            self._known[by, clustering] = self._read(by, clustering)
        return self._known[by, clustering]

    def _read(self, by: str, clustering: str | None) -> tuple[list[str], np.ndarray]:
        pool, rows = self.candidates.pool, self.candidates.rows
        if by == "source":
            names, codes = pool.source_codes
            return names, codes[rows]
        if by == "model":
            return [model.name for model in pool.models], self.candidates.chosen
        found = pool.clusterings[self._clustering(by, clustering)]
        labels = found.labels
        codes = found.codes[rows]
        places = np.where(codes >= 0, np.searchsorted(labels, codes), -1)
        if by == LANGUAGE:
            return [found.names.get(int(label), str(label)) for label in labels], places
        return [str(label) for label in labels], places

    def _clustering(self, by: str, name: str | None) -> str:
        clusterings = self.candidates.pool.clusterings
        if by == LANGUAGE:
            if LANGUAGE not in clusterings:
                raise UserError(
                    "The languages of the instructions are not known: run `python -m precompute run language`, or"
                    " attach your own with `attach clusters FILE --column COLUMN --name language`."
                )
            return LANGUAGE
        others = [each for each in clusterings if each != LANGUAGE]
        if name is None and len(others) == 1:
            return others[0]
        if name is None or name not in clusterings:
            known = ", ".join(clusterings) or "none: run `python -m precompute run cluster`"
            said = f"Unknown clustering {name!r}" if name else "Name the clustering (shares: clustering)"
            raise UserError(f"{said}; this workspace has {known}.")
        return name

    def value(self, share: Share) -> str | None:
        """The share's value as `values` calls it: a cluster may be meant by its name, too."""
        if share.by != "cluster" or share.value is None:
            return share.value
        called = self.candidates.pool.clusterings[self._clustering(share.by, share.clustering)].names
        return next((str(label) for label, name in sorted(called.items()) if name == share.value), share.value)

    def tag(self, value: str) -> np.ndarray:
        """(n,) 0 for a candidate that has the tag, else -1."""
        pool, rows = self.candidates.pool, self.candidates.rows
        if not pool.tags:
            raise UserError("There are no tags in this workspace: run `python -m precompute run tag`, or attach tags.")
        if value not in pool.tags:
            raise UserError(f"Unknown tag {value!r} in shares; this workspace has {len(pool.tags)} tags.")
        has = np.full(len(pool), -1, dtype=np.int64)
        has[pool.tags[value]] = 0
        return has[rows]

    def tags(self) -> list[str]:
        """The tags that a candidate has."""
        pool = self.candidates.pool
        here = np.zeros(len(pool), dtype=bool)
        here[self.candidates.rows] = True
        return [tag for tag, rows in pool.tags.items() if here[rows].any()]


def groups(shares: Sequence[Share], fields: Fields) -> list[Groups]:
    """The shares as groups: one set of them for each field, and one for each tag, since a row may have several.

    UserError for a value or a clustering that this workspace does not have.
    """
    found: dict[tuple[str, ...], Groups] = {}
    for share in shares:
        if share.by == "tag":
            for tag in [share.value] if share.value is not None else fields.tags():
                known = found.get(("tag", tag)) or _unbounded([tag], fields.tag(tag))
                found["tag", tag] = _bounded(known, share, np.array([True]))
            continue
        names, codes = fields.values(share.by, share.clustering)
        key = (share.by, share.clustering or "")
        known = found.get(key) or _unbounded(names, codes)
        found[key] = _bounded(known, share, _meant(share, fields.value(share), names, codes))
    return list(found.values())


def _meant(share: Share, value: str | None, names: list[str], codes: np.ndarray) -> np.ndarray:
    """(g,) bool: the groups that a share speaks of; without a value, all that a candidate is in."""
    if value is None:
        return np.bincount(codes[codes >= 0], minlength=len(names)).astype(bool)
    if value not in names:
        shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "") if names else "none"
        raise UserError(f"Unknown {share.by} {share.value!r} in shares; this workspace has {shown}.")
    return np.array([name == value for name in names])


def _unbounded(names: list[str], codes: np.ndarray) -> Groups:
    return Groups(codes, names, np.zeros(len(names)), np.ones(len(names)))


def _bounded(known: Groups, share: Share, meant: np.ndarray) -> Groups:
    least = np.where(meant, np.maximum(known.least, share.min or 0.0), known.least)
    most = np.where(meant, np.minimum(known.most, 1.0 if share.max is None else share.max), known.most)
    return Groups(known.codes, known.names, least, most)


def binding(some: Sequence[Groups], size: int) -> list[Groups]:
    """Those with a bound that a selection of `size` could break."""
    return [each for each in some if _can_bind(each, size)]


def _can_bind(each: Groups, size: int) -> bool:
    fewest, most = each.bounds(size)
    members = np.bincount(each.codes[each.codes >= 0], minlength=len(each.names))
    return bool(fewest.any() or (most < np.minimum(members, size)).any())
