"""The workers of the Ray engine: who has which batch, and what happens when one of them dies.

A worker holds its models from batch to batch. One that dies is replaced, and its batches are given to others.
"""

import contextlib
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines.ray_worker import Worker
from precompute.jobs.protocol import Batch, Job

AHEAD = 2  # batches that one worker has: one at work, one that waits
WINDOW = 4  # batches a worker whose results may wait for an earlier one
TRIES = 4  # workers that may die with one batch
STARTUP = 180  # seconds in which a first worker must come up
LOOK = 5  # seconds between two looks at the cluster
SHARE = 0.01  # of a CPU that a worker asks for, so that a replacement finds room beside the others
KEPT = "What is committed stays; run the same command again to go on."


@dataclass(frozen=True)
class Place:
    """Where a worker is hired."""

    node: str
    gpu: bool
    threads: int


@dataclass
class Work:
    """One output: its batches by turn, and what has come of them."""

    what: Any  # the job, output and parameters, put into the cluster once
    waiting: deque[Batch]
    given: dict[int, Batch] = field(default_factory=dict)  # not yet handed over
    made: dict[int, pa.Table] = field(default_factory=dict)
    again: deque[int] = field(default_factory=deque)  # turns whose worker died
    deaths: dict[int, int] = field(default_factory=dict)
    turn: int = 0

    def next(self, most: int) -> int | None:
        """The turn of a batch to give out, while no more than `most` are out."""
        if self.again:
            return self.again.popleft()
        if not self.waiting or len(self.given) >= most:
            return None
        self.given[self.turn] = self.waiting.popleft()
        self.turn += 1
        return self.turn - 1


class Crew:
    """One worker for each GPU of the cluster where `gpu` asks for it and there are some, else one for each node."""

    def __init__(self, gpu: bool) -> None:
        import ray

        self.ray, self.gpu = ray, gpu
        self.head = ray.get_runtime_context().gcs_address
        self.hired: dict[Any, Place] = {}  # worker -> its place
        self.starting: dict[Any, Any] = {}  # ref of a first sign of life -> worker
        self.idle: deque[Any] = deque()  # workers, AHEAD times each
        self.busy: dict[Any, tuple[Any, int]] = {}  # ref of a result -> (worker, turn)
        self.stillborn = 0  # workers in a row that died before they came up

    def work(self, job: Job, output: str, params: Any, batches: deque[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
        """The results, in order."""
        self._hire(len(batches))
        work, told = Work(self.ray.put((job, output, params)), batches), 0
        while work.waiting or work.given:
            while self.idle and (turn := work.next(WINDOW * len(self.hired))) is not None:
                worker = self.idle.popleft()
                self.busy[worker.run.remote(work.given[turn].load(), work.what)] = (worker, turn)
            for ref in self._ready():
                self._take(ref, work)
            while told in work.made:
                yield work.given.pop(told), work.made.pop(told)
                told += 1

    def dismiss(self) -> None:
        """End all workers; what they were at is lost."""
        try:
            self._look()
        except UserError:
            return  # they ended with the cluster
        for worker in self.hired:
            with contextlib.suppress(Exception):  # the cluster may be gone
                self.ray.kill(worker)

    def _hire(self, batches: int) -> None:
        """Workers for all places that have none, but no more than there are batches."""
        places = places_of(self.ray.nodes(), self.gpu)
        if not places:
            raise UserError("The Ray cluster has no node with a CPU; add one, then run the same command again.")
        for place in self.hired.values():
            if place in places:
                places.remove(place)
        for place in places[: max(batches - len(self.hired), 0)]:
            self._start(place)

    def _start(self, place: Place) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        strategy = NodeAffinitySchedulingStrategy(place.node, soft=True)  # elsewhere, where the node is gone
        options = {"num_cpus": SHARE, "num_gpus": int(place.gpu), "scheduling_strategy": strategy}
        worker: Any = self.ray.remote(Worker).options(**options).remote(place.threads)
        self.hired[worker] = place
        self.starting[worker.ready.remote()] = worker

    def _ready(self) -> list[Any]:
        """Refs of results that have come; workers that have come up are idle from now on."""
        waited = 0
        while True:
            done, _ = self.ray.wait([*self.starting, *self.busy], num_returns=1, timeout=LOOK)
            for ref in [ref for ref in done if ref in self.starting]:
                worker = self.starting.pop(ref)
                try:
                    self.ray.get(ref)
                except self.ray.exceptions.RayActorError as error:
                    self._stillborn(error)
                    self._lost(worker)
                    continue
                self.stillborn = 0
                self.idle.extend([worker] * AHEAD)
            if done:
                return [ref for ref in done if ref in self.busy]
            self._look()
            waited += LOOK
            if not self.busy and waited >= STARTUP:
                raise UserError(f"No Ray worker came up within {STARTUP} s; look at `ray status`. {KEPT}")

    def _stillborn(self, error: Exception) -> None:
        self.stillborn += 1
        if self.stillborn >= TRIES * max(len(self.hired), 1):
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"Ray workers die as they start ({reason}); are the nodes' packages these? {KEPT}"
            ) from None

    def _take(self, ref: Any, work: Work) -> None:
        """Note a result; the batch of a worker that died is given out again. An error of the job itself is raised."""
        errors = self.ray.exceptions
        worker, turn = self.busy.pop(ref)
        try:
            work.made[turn] = self.ray.get(ref)
            self.idle.append(worker)
        except errors.RayTaskError as error:
            raise (error.cause if isinstance(error.cause, Exception) else error) from None
        except (
            errors.RayActorError,
            errors.WorkerCrashedError,
            errors.ObjectLostError,
            errors.OutOfMemoryError,
        ) as error:
            self._look()
            work.deaths[turn] = work.deaths.get(turn, 0) + 1
            if work.deaths[turn] >= TRIES:
                raise _deadly(error) from None
            work.again.append(turn)
            self._lost(worker)

    def _lost(self, worker: Any) -> None:
        """Forget a worker that died, and hire another in its place."""
        self.idle = deque(other for other in self.idle if other != worker)
        place = self.hired.pop(worker, None)
        if place is not None:
            self._start(place)

    def _look(self) -> None:
        """See that the cluster is there: Ray itself would block, and end this process a minute later."""
        host, _, port = self.head.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=LOOK).close()
        except OSError as error:
            reason = error.strerror or error
            raise UserError(f"The Ray cluster at {self.head} is gone ({reason}); start it again. {KEPT}") from None


def places_of(nodes: Sequence[Mapping[str, Any]], gpu: bool) -> list[Place]:
    """Where workers are hired, of a cluster's nodes as `ray.nodes()` lists them.

    One for each GPU where `gpu` asks for it and there are any, each with its share of its node's CPUs; else one for
    each node, with all of them. A node that is dead, or has less than one CPU, gets none.
    """
    places = []
    for node in nodes:
        has = node["Resources"]
        if node["Alive"] and has.get("CPU", 0) >= 1:
            gpus = int(has.get("GPU", 0)) if gpu else 0
            threads = max(int(has["CPU"]) // max(gpus, 1), 1)
            places += [Place(node["NodeID"], gpus > 0, threads)] * max(gpus, 1)
    with_gpu = [place for place in places if place.gpu]
    return with_gpu or places


def _deadly(error: Exception) -> UserError:
    reason = " ".join(str(error).split())[:200]
    remedy = "see Ray's logs in /tmp/ray/session_latest/logs"
    if "memory" in reason.lower():
        remedy = "give the workers more memory, or make the job's batch_size smaller"
    return UserError(f"{TRIES} Ray workers died with the same batch ({reason}); {remedy}. {KEPT}")
