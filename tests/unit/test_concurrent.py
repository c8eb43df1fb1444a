"""The threads that wait for servers: how many at a time, when the next begins, and what a failure leaves."""

import threading
import time
from functools import partial
from typing import Any

import pyarrow as pa
import pytest

from crowdselect.errors import UserError
from precompute.engines import concurrent
from precompute.jobs.protocol import Batch


class Job:
    """Doubles a number after a while; `bad` cannot be."""

    NAME = "double"

    def __init__(self, bad: int | None = None) -> None:
        self.bad, self.lock, self.begun, self.at_once, self.most = bad, threading.Lock(), 0, 0, 0

    def run(self, batch: pa.Table, output: str, params: Any) -> pa.Table:
        with self.lock:
            self.begun, self.at_once = self.begun + 1, self.at_once + 1
            self.most = max(self.most, self.at_once)
        number = batch["n"][0].as_py()
        time.sleep(0.002 * (number % 5))
        with self.lock:
            self.at_once -= 1
        if number == self.bad:
            raise UserError("no such number")
        return pa.table({"n": [2 * number]})


def numbers(count: int) -> list[Batch]:
    return [Batch(1, partial(pa.table, {"n": [number]})) for number in range(count)]


@pytest.mark.parametrize("workers", [1, 4, 100])
def test_all_are_made_and_no_worker_runs_ahead_of_what_is_handed_over(workers: int) -> None:
    job, rows = Job(), 0
    found: list[int] = []
    for batch, made in concurrent.run(job, numbers(60), "", None, workers):  # type: ignore[arg-type]
        assert job.begun - len(found) <= workers  # begun and not yet handed over: what a kill may cost
        found += made["n"].to_pylist()
        rows += batch.rows
    assert sorted(found) == [2 * number for number in range(60)]
    assert rows == 60
    assert job.most <= workers


def test_a_failure_hands_over_what_was_at_work_and_begins_nothing_new() -> None:
    job = Job(bad=20)
    found: list[int] = []

    def work() -> None:
        for _, made in concurrent.run(job, numbers(60), "", None, 4):  # type: ignore[arg-type]
            found.extend(made["n"].to_pylist())

    with pytest.raises(UserError, match="no such number"):
        work()
    assert set(range(0, 34, 2)) <= set(found)
    assert 2 * 20 not in found
    assert len(found) == job.begun - 1 < 30


def test_nothing_to_do() -> None:
    assert list(concurrent.run(Job(), [], "", None, 4)) == []  # type: ignore[arg-type]
