"""How many threads a model may use, and how to keep to one where the order of a sum would show in the result."""

import os
from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits

_most: list[int] = []  # what `use_at_most` said


def cores() -> int:
    """The cores that this process may use, as far as the system says and `use_at_most` allows."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([found, *_most])


def use_at_most(threads: int) -> None:
    """From here on, `cores` says no more than this: others work on the same machine."""
    _most[:] = [threads]


def one_thread() -> AbstractContextManager[object]:
    """Linear algebra and OpenMP loops on one thread: several add up in an order that changes the last bits."""
    return threadpool_limits(limits=1)
