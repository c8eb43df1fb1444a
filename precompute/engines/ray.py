"""The Ray engine: workers on the nodes of a cluster run batches side by side, results come back in batch order.

Batches are loaded here, by the one writer, and only a few ahead. A worker holds its models from batch to batch; one
that dies is replaced, and its batches are given to others.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines import local
from precompute.engines.ray_worker import Worker
from precompute.jobs.protocol import Batch, Job

AHEAD = 2  # batches that one worker has: one at work, one that waits
WINDOW = 4  # results a worker that may wait for an earlier one
TRIES = 4  # workers that may die with one batch
STARTUP = 180  # seconds in which a first worker must come up
LOOK = 5  # seconds between two looks at the cluster
INSTALL = 'pip install "ray[data]==2.60.0"'
KEPT = "What is committed stays; run the same command again to go on."


def run(
    job: Job, batches: Iterable[Batch], output: str, params: Any, address: str | None = None
) -> Iterator[tuple[Batch, pa.Table]]:
    """What `job` makes of each batch, in order, on the cluster at `address` (or a Ray of its own on this machine).

    Jobs that ask servers gain nothing by it and run here. Raises UserError when Ray is missing, the cluster cannot be
    reached or dies, or a batch has killed TRIES workers.
    """
    concurrency = getattr(job, "concurrency", None)
    if concurrency is not None and concurrency(output, params) > 1:
        yield from local.run(job, batches, output, params)
        return
    connect(address)
    yield from _Crew(job, output, params).work(deque(batches))


def connect(address: str | None) -> None:
    """Join the cluster, once a process. Ray's own signal handlers, dashboard and statistics stay out of it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise UserError(f"--engine ray needs Ray: {INSTALL}.") from None
    if ray.is_initialized():
        return
    alone: dict[str, Any] = {} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    here = Path(__file__).resolve().parent.parent.parent
    try:
        with _signals_kept():
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"py_modules": [str(here / "crowdselect"), str(here / "precompute")]},
                **alone,
            )
    except Exception as error:  # Ray raises all sorts here
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"The Ray cluster at {address or 'this machine'} cannot be reached ({reason}); start it with `ray start"
            " --head` and give its HOST:PORT with --ray-address or RAY_ADDRESS."
        ) from None


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """The writer's own answer to SIGINT and SIGTERM stays, whatever Ray installs."""
    here = threading.current_thread() is threading.main_thread()  # Python hands signals to no other
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} if here else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Crew:
    """The workers of one output and what each of them has."""

    def __init__(self, job: Job, output: str, params: Any) -> None:
        import ray

        self.ray, self.work_of = ray, (job, output, params)
        self.gpu = bool(getattr(job, "GPU", False))
        self.gcs = ray.get_runtime_context().gcs_address
        self.starting: dict[Any, Any] = {}  # ref of a first sign of life -> worker
        self.nodes: dict[Any, tuple[str, bool, int]] = {}  # worker -> where it was hired: node, with a GPU, threads
        self.idle: deque[Any] = deque()  # workers, AHEAD times each
        self.busy: dict[Any, tuple[Any, int]] = {}  # ref of a result -> (worker, turn)

    def work(self, batches: deque[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
        """The results, in order."""
        given: dict[int, Batch] = {}  # turn -> a batch whose result has not been handed over
        made: dict[int, pa.Table] = {}
        again: deque[int] = deque()
        deaths: dict[int, int] = {}
        turn = told = 0
        self._hire(len(batches))
        try:
            while batches or given:
                while self.idle and (again or (batches and len(given) < WINDOW * max(len(self.nodes), 1))):
                    if again:
                        self._give(again.popleft(), given)
                        continue
                    given[turn] = batches.popleft()
                    self._give(turn, given)
                    turn += 1
                for ref in self._ready():
                    worker, nth = self.busy.pop(ref)
                    table, died = self._result(ref)
                    if table is not None:
                        made[nth] = table
                        self.idle.append(worker)
                        continue
                    deaths[nth] = deaths.get(nth, 0) + 1
                    if deaths[nth] >= TRIES:
                        raise UserError(
                            f"{TRIES} Ray workers died with the same batch ({died}); {_remedy(died)} {KEPT}"
                        )
                    again.append(nth)
                    self._lost(worker)
                while told in made:
                    yield given.pop(told), made.pop(told)
                    told += 1
        except self.ray.exceptions.RayError as error:
            raise _failed(error) from None
        finally:
            self._dismiss()

    def _give(self, nth: int, given: dict[int, Batch]) -> None:
        worker = self.idle.popleft()
        self.busy[worker.run.remote(given[nth].load())] = (worker, nth)

    def _hire(self, batches: int) -> None:
        """One worker for each GPU, or for each node, but no more than there are batches."""
        places = []
        for node in self.ray.nodes():
            has = node["Resources"]
            if node["Alive"] and has.get("CPU", 0) >= 1:
                gpus = int(has.get("GPU", 0)) if self.gpu else 0
                places += [(node["NodeID"], gpus > 0, int(has["CPU"]) // max(gpus, 1))] * max(gpus, 1)
        if not places:
            raise UserError("The Ray cluster has no node with a CPU; add one, then run the same command again.")
        some_gpu = any(gpu for _, gpu, _ in places)
        for place in [place for place in places if place[1] or not some_gpu][:batches]:
            self._start(*place)

    def _start(self, node: str, gpu: bool, threads: int) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        # A worker asks for no more than a share of a CPU, so that a replacement finds room beside the others.
        options = {
            "num_cpus": 0.01,
            "num_gpus": 1 if gpu else 0,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=True),
        }
        worker: Any = self.ray.remote(Worker).options(**options).remote(*self.work_of, max(threads, 1))
        self.nodes[worker] = (node, gpu, threads)
        self.starting[worker.ready.remote()] = worker

    def _ready(self) -> list[Any]:
        """Refs of results that are there; workers that have come up are idle now."""
        waited = 0
        while True:
            done, _ = self.ray.wait([*self.starting, *self.busy], num_returns=1, timeout=LOOK)
            for ref in [ref for ref in done if ref in self.starting]:
                worker = self.starting.pop(ref)
                try:
                    self.ray.get(ref)
                except self.ray.exceptions.RayActorError:
                    self._lost(worker)
                    continue
                self.idle.extend([worker] * AHEAD)
            if done:
                return [ref for ref in done if ref in self.busy]
            self._look()
            waited += LOOK
            if not self.busy and waited >= STARTUP:
                raise UserError(f"No Ray worker came up within {STARTUP} s; look at `ray status`. {KEPT}")

    def _result(self, ref: Any) -> tuple[pa.Table | None, Exception | None]:
        """The table, or what the worker died of. An error that the job itself raised is raised here."""
        errors = self.ray.exceptions
        try:
            return self.ray.get(ref), None
        except errors.RayTaskError as error:
            raise (error.cause if isinstance(error.cause, Exception) else error) from None
        except (
            errors.RayActorError,
            errors.WorkerCrashedError,
            errors.ObjectLostError,
            errors.OutOfMemoryError,
        ) as error:
            return None, error

    def _lost(self, worker: Any) -> None:
        """Forget a worker that died, and hire another in its place."""
        self.idle = deque(other for other in self.idle if other != worker)
        place = self.nodes.pop(worker, None)
        if place is not None:
            self._start(*place)

    def _look(self) -> None:
        """See that the cluster is there: Ray itself would end this process a minute after its head is gone."""
        host, _, port = self.gcs.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=LOOK).close()
        except OSError as error:
            raise UserError(
                f"The Ray cluster at {self.gcs} is gone ({error.strerror or error}); start it again. {KEPT}"
            ) from None

    def _dismiss(self) -> None:
        for worker in self.nodes:
            with contextlib.suppress(Exception):
                self.ray.kill(worker)


def _remedy(died: Exception | None) -> str:
    if "memory" in str(died).lower():
        return "give the workers more memory, or make the job's batch_size smaller."
    return "see Ray's logs in /tmp/ray/session_latest/logs."


def _failed(error: Exception) -> UserError:
    """What a failure of Ray itself means to who waits."""
    reason = " ".join(str(error).split())[:200]
    if type(error).__name__ in ("ObjectStoreFullError", "OutOfDiskError"):
        return UserError(
            f"Ray's object store is full ({reason}); start the cluster with a larger --object-store-memory, make room"
            f" in its /tmp/ray, or make the job's batch_size smaller. {KEPT}"
        )
    return UserError(f"Ray failed ({reason}); see that the cluster runs (`ray status`). {KEPT}")
