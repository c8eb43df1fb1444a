"""How many threads a model may use, and how to keep to one where the order of a sum would show in the result."""

import os
from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def cores() -> int:
    """The cores that this process may use, as far as the system says."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_thread() -> AbstractContextManager[object]:
    """Linear algebra and OpenMP loops on one thread: several add up in an order that changes the last bits."""
    return threadpool_limits(limits=1)
