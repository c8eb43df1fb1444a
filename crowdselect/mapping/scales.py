"""From values to one byte a point: a category's place in the legend, or a number's place between two ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

LEVELS = 250  # bytes 0 to 249 are values
NONE = 255  # a row without a value
MOST_CATEGORIES = 60  # a legend with more is not read; the rarer ones share its last entry
NAME_LENGTH = 200
OTHER = "Other"
CLIPPED = (1.0, 99.0)  # percentiles: a few far values do not take the colours from all others


@dataclass(frozen=True)
class Scale:
    """`codes` (n,) uint8 and how to read them: categories by `names`, numbers between `low` (0) and `high` (249)."""

    kind: Literal["categories", "numbers"]
    codes: np.ndarray
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    least: float = 0.0  # the smallest and largest value there is, beyond the ends where those are clipped
    most: float = 0.0
    groups: tuple[tuple[int, ...], ...] = field(default=(), repr=False)  # the labels behind each name


def categories(labels: np.ndarray, names: Mapping[int, str] | Sequence[str], *, keep_order: bool = False) -> Scale:
    """(n,) integer labels, negative where a row has none; `names[label]` is what a label is called.

    The legend goes by size, largest first (ties: the lower label), or by label with `keep_order`.
    """
    present, counts = np.unique(labels[labels >= 0], return_counts=True)
    by_size = np.argsort(-counts, kind="stable")
    shown = by_size if len(present) <= MOST_CATEGORIES else by_size[: MOST_CATEGORIES - 1]
    rest = by_size[len(shown) :]
    if keep_order:
        shown = np.sort(shown)
    code_of = np.full(int(present.max()) + 1 if len(present) else 0, len(shown), dtype=np.uint8)
    code_of[present[shown]] = np.arange(len(shown), dtype=np.uint8)
    codes = np.full(len(labels), NONE, dtype=np.uint8)
    labelled = labels >= 0
    codes[labelled] = code_of[labels[labelled]]
    titles = [_named(names, int(label)) for label in present[shown]]
    groups: list[tuple[int, ...]] = [(int(label),) for label in present[shown]]
    if len(rest):
        titles.append(f"{OTHER} ({len(rest):,})")
        groups.append(tuple(int(label) for label in present[rest]))
    return Scale("categories", codes, tuple(titles), groups=tuple(groups))


def numbers(values: np.ndarray) -> Scale:
    """(n,) floats, NaN where a row has none; linear between the 1st and the 99th percentile, clipped beyond."""
    codes = np.full(len(values), NONE, dtype=np.uint8)
    there = np.isfinite(values)
    if not there.any():
        return Scale("numbers", codes)
    known = values[there]
    least, most = float(known.min()), float(known.max())
    low, high = (float(end) for end in np.percentile(known, CLIPPED))
    if not high > low:
        low, high = least, most
    span = high - low if high > low else 1.0
    codes[there] = np.rint(np.clip((known - low) / span, 0, 1) * (LEVELS - 1)).astype(np.uint8)
    return Scale("numbers", codes, low=low, high=high, least=least, most=most)


def _named(names: Mapping[int, str] | Sequence[str], label: int) -> str:
    name = names.get(label) if isinstance(names, Mapping) else names[label]
    return " ".join(str(name if name is not None else label).split())[:NAME_LENGTH] or "(empty)"
