"""Slows down whoever guesses at the password."""

import time
from collections.abc import Callable

FIRST, LONGEST = 0.5, 8.0  # seconds after the first failure, doubled by each further one
PATIENCE = 20.0  # seconds: who would wait longer is turned away at once
FORGOTTEN = 900.0  # seconds after which failures no longer count
MOST = 1_000  # addresses remembered


class Attempts:
    """When each address may try again: one attempt after the other, and the later the more have failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._known: dict[str, tuple[int, float]] = {}  # address -> failures, when the next attempt is looked at

    def wait(self, address: str) -> float | None:
        """Seconds until this attempt may be looked at; None where so many wait already that it is not looked at."""
        now = self.clock()
        failures, free = self._known.get(address, (0, now))
        if now - free > FORGOTTEN:
            failures, free = 0, now
        start = max(now, free)
        if start - now > PATIENCE:
            return None
        self._known.pop(address, None)  # to the end: the first are forgotten first
        self._known[address] = (failures + 1, start + min(FIRST * 2**failures, LONGEST))
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return start - now

    def succeeded(self, address: str) -> None:
        """Its failures no longer count."""
        self._known.pop(address, None)
