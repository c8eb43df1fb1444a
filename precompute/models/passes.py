"""Forward passes over texts of many lengths: which texts share one, and how many run side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from crowdselect.errors import UserError
from crowdselect.memory import available
from precompute.models.room import Room
from precompute.models.threads import cores

Made = TypeVar("Made")
NO_MEMORY = ("out of memory", "allocate memory", "enough memory")  # torch has no error of its own for processors


@dataclass(frozen=True)
class Pass:
    """One forward pass, of shape (height, length): the texts at `rows`, and repeats of them where they are fewer."""

    rows: list[int]
    length: int  # tokens, padded
    height: int

    @property
    def filled(self) -> list[int]:
        """A text for each row of the tensor."""
        return [self.rows[place % len(self.rows)] for place in range(self.height)]


def passes_of(
    lengths: Sequence[int], step: int, height: Callable[[int], int], fill: bool, most: int | None = None
) -> Iterator[Pass]:
    """Passes over texts of these `lengths` in tokens, the longest first, so that no thread is left with a long one.

    Texts share a pass when their lengths are the same rounded up to a multiple of `step`, or to `most`; `height` says
    how many rows a pass of such a length has. One with fewer texts is filled up where `fill` says so: its shape then
    follows from each of its texts alone.
    """
    buckets: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        padded = -(-max(length, 1) // step) * step
        buckets.setdefault(padded if most is None else min(padded, most), []).append(row)
    for length, rows in sorted(buckets.items(), reverse=True):
        high = height(length)
        for first in range(0, len(rows), high):
            some = rows[first : first + high]
            yield Pass(some, length, high if fill else len(some))


def run_passes(
    passes: Sequence[Pass],
    room: Room,
    once: Callable[[Pass], Made],
    threads: int | None = None,
    memory: int | None = None,
) -> list[Made]:
    """What `once` makes of each pass, in their order: at the most `threads` at a time, and what `memory` bytes hold.

    None is all cores, and all that is free. Neither changes what is made. Raises UserError where one pass alone finds
    no memory.
    """
    most, free, made = threads or cores(), available() if memory is None else memory, list[Made]()

    def at_a_time(one: Pass) -> int:
        return room.at_a_time(one.height * one.length, one.length, free, most)

    for workers, some in groupby(passes, at_a_time):
        with ThreadPoolExecutor(workers) as pool:
            made += pool.map(lambda one: _held(once, one), list(some))
    return made


def _held(once: Callable[[Pass], Made], one: Pass) -> Made:
    try:
        return once(one)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in NO_MEMORY):
            raise
        raise UserError(
            f"{one.height} texts of {one.length:,} tokens need more memory than there is; give it more, a smaller model"
            " or a smaller max_length."
        ) from None
