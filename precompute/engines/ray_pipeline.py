"""One stream through Ray Data: tickets -> workers that hold their models -> results in the order of the turns.

It stays open from output to output, so that what the workers have imported and loaded serves the next one.
"""

import contextlib
import queue
import socket
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines.ray_mailbox import Mailbox
from precompute.engines.ray_places import Place
from precompute.engines.ray_worker import KEPT, TRIES, Worker, opened, tickets
from precompute.jobs.protocol import Batch, Job

AHEAD = 4  # batches that one worker has: one at work, the others wait
WINDOW = 8  # batches a worker that are loaded and not yet told
STARTUP = 180  # seconds in which a first worker must come up
PAUSE = 0.2  # seconds between two tries to store a batch where there is no room
LOOK = 5  # seconds between two looks at the cluster
SHARE = 0.01  # of a CPU that a worker asks for, so that a replacement finds room beside the others
TOLD, AGAIN, END = object(), object(), object()  # what is posted besides batches


class Pipeline:
    """A worker at each of `places`. The writer's thread gives and takes; a thread of its own follows the stream."""

    def __init__(self, places: list[Place]) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.ray, self.places, self.affinity = ray, places, NodeAffinitySchedulingStrategy
        here = ray.get_runtime_context()
        self.head = here.gcs_address
        beside = NodeAffinitySchedulingStrategy(here.get_node_id(), soft=False)
        options: Mapping[str, Any] = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1}
        self.mailbox: Any = ray.remote(Mailbox).options(**options, scheduling_strategy=beside).remote()
        self.given: dict[int, Batch] = {}  # by turn, those not yet told
        self.turn = self.low = 0  # the next turn to give, and the first that is not told
        self.post: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.came: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.began = False  # whether anything ever came
        self.stream = threading.Thread(target=self._follow, args=(self._rows(),), name="ray-results", daemon=True)
        self.stream.start()
        threading.Thread(target=self._send, name="ray-batches", daemon=True).start()

    def work(self, job: Job, output: str, params: Any, batches: deque[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
        """The results, in order. An error of the job itself is raised in its turn."""
        what = job, output, params
        while batches or self.given:
            while batches and len(self.given) < WINDOW * len(self.places):
                batch = self.given[self.turn] = batches.popleft()
                self.post.put((self.turn, batch.load(), what))
                self.turn += 1
            turn, made = self._next()
            batch, self.low = self.given.pop(turn), turn + 1
            self.post.put(TOLD)
            if isinstance(made, Exception):
                raise made
            yield batch, made

    def close(self) -> None:
        """End the stream and all workers; what they were at is lost."""
        self.post.put(END)
        if not self.ray.is_initialized():
            return
        try:
            self._look()
        except UserError:
            return  # they ended with the cluster
        with contextlib.suppress(Exception):  # the cluster may be gone
            for worker in self.ray.get(self.mailbox.close.remote(), timeout=LOOK):
                self.ray.kill(worker)
            self.stream.join(2 * LOOK)

    def _send(self) -> None:
        """Bring batches to the mailbox; in a thread, for a call into a cluster that died may never return."""
        sent: dict[int, Any] = {}
        what, about = None, None
        try:
            while (item := self.post.get()) is not END:
                new = {}
                if item is AGAIN:
                    new = sent
                elif item is not TOLD:
                    turn, batch, said = item
                    if said is not what:
                        what, about = said, self.ray.put(said)
                    new = {turn: (self._stored(turn, batch), about)}
                sent = {turn: refs for turn, refs in (sent | new).items() if turn >= self.low}
                self.mailbox.put.remote(new, self.low)
        except BaseException as error:
            self.came.put(error)

    def _stored(self, turn: int, batch: pa.Table) -> Any:
        """A reference to the batch. Where there is no room for it, there may be some when those before it are told."""
        while True:
            try:
                return self.ray.put(batch)
            except (self.ray.exceptions.ObjectStoreFullError, self.ray.exceptions.OutOfDiskError):
                if self.low == turn:
                    raise
                self.mailbox.put.remote({}, self.low)
                time.sleep(PAUSE)

    def _next(self) -> tuple[int, Any]:
        """The next result."""
        waited = 0
        while True:
            try:
                found = self.came.get(timeout=LOOK)
            except queue.Empty:
                waited += LOOK
                self._look()
                self.post.put(AGAIN)  # a mailbox that died has come back empty
                if not self.began and waited >= STARTUP:
                    self._came_up()
                continue
            if isinstance(found, BaseException):
                raise found
            self.began = True
            return found

    def _came_up(self) -> None:
        if not self.ray.get(self.mailbox.came_up.remote(), timeout=2 * LOOK):
            raise UserError(f"No Ray worker came up within {STARTUP} s; look at `ray status`. {KEPT}") from None

    def _look(self) -> None:
        """See that the cluster is there: Ray itself would block, and end this process a minute later."""
        host, _, port = self.head.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=LOOK).close()
        except OSError as error:
            reason = error.strerror or error
            raise UserError(f"The Ray cluster at {self.head} is gone ({reason}); start it again. {KEPT}") from None

    def _follow(self, rows: Any) -> None:
        try:
            for bundle in rows.iter_internal_ref_bundles():
                for entry in bundle.blocks:
                    for result in opened(self.ray.get(entry.ref)):
                        self.came.put(result)
            self.came.put(UserError(f"Ray ended the stream of results; look at `ray status`. {KEPT}"))
        except BaseException as error:
            self.came.put(error)

    def _rows(self) -> Any:
        """A dataset of rows: a turn, and what was made of its batch. Each row is a block, and a task, of its own."""
        from ray.data import ActorPoolStrategy, from_items

        gpu, turns = self.places[0].gpu, count()

        def at_next_place() -> dict[str, Any]:
            place = self.places[next(turns) % len(self.places)]
            return {"scheduling_strategy": self.affinity(place.node, soft=True)}  # elsewhere, where the node is gone

        arrow: Mapping[str, Any] = {"batch_size": None, "batch_format": "pyarrow", "num_cpus": SHARE}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # nothing else puts each worker on a node of its own
            rows = (
                from_items([{"turn": 0}])
                .map_batches(tickets, fn_kwargs={"mailbox": self.mailbox}, **arrow)
                .map_batches(
                    Worker,
                    fn_constructor_args=(self.mailbox, gpu),
                    compute=ActorPoolStrategy(size=len(self.places), max_tasks_in_flight_per_actor=AHEAD),
                    num_gpus=int(gpu),
                    ray_remote_args_fn=at_next_place,
                    **arrow,
                )
            )
        own = rows.context  # of this dataset alone
        own.execution_options.preserve_order = True
        own.target_max_block_size = 1
        # WINDOW bounds what is ahead. Ray's own bound, where it holds the workers back, waits until all else is idle,
        # and the task of the tickets never is.
        own.op_resource_reservation_enabled = False
        own.execution_no_progress_timeout_s = -1
        own.max_consecutive_actor_init_deaths = TRIES - 1
        own.raise_original_map_exception = True
        own.enable_progress_bars = own.enable_operator_progress_bars = own.print_on_execution_start = False
        own.memory_usage_poll_interval_s = None
        own.issue_detectors_config.detectors = []
        return rows
