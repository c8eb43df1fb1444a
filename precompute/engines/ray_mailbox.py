"""The way of batches from the writer to the workers of the Ray engine."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any


class Mailbox:
    """An actor beside the writer: it holds references to the batches that are not yet told, by their turn.

    One that died comes back empty, and the writer puts again what it has given.
    """

    def __init__(self) -> None:
        self.batches: dict[int, Any] = {}
        self.tries: Counter[int] = Counter()
        self.low = self.high = 0  # the first turn that is not told, and the first that is not there
        self.closed = False
        self.workers: list[Any] = []
        self.changed = asyncio.Condition()

    async def hello(self, worker: Any) -> None:
        """A worker has come up."""
        self.workers.append(worker)

    async def came_up(self) -> list[Any]:
        """The workers that have."""
        return self.workers

    async def put(self, batches: Mapping[int, Any], low: int) -> None:
        """References to batches by turn; those before `low` are told."""
        async with self.changed:
            self.batches.update(batches)
            self.low = low
            self.high = max(self.high, low, *(turn + 1 for turn in batches))
            for turn in [turn for turn in self.batches if turn < low]:
                del self.batches[turn], self.tries[turn]
            self.changed.notify_all()

    async def comes(self, turn: int) -> bool:
        """Wait until there is a batch of this turn; False: there will be no more."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or turn < self.high)
            return not self.closed

    async def take(self, turn: int) -> tuple[int, Any]:
        """Wait for the batch of this turn: how often it was taken, and the batch; None where nobody wants it now."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or turn < self.low or turn in self.batches)
            self.tries[turn] += 1
            return self.tries[turn], self.batches.get(turn)

    async def close(self) -> list[Any]:
        """No more batches; the workers."""
        async with self.changed:
            self.closed = True
            self.changed.notify_all()
        return self.workers
