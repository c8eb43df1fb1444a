"""The clock that every benchmark uses."""

import time
from collections.abc import Callable


def best_seconds(run: Callable[[], object], times: int = 5) -> float:
    """The fastest of some runs, after one that warms up."""
    run()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def once(run: Callable[[], object]) -> float:
    """One run."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
