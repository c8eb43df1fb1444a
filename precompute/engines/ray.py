"""The Ray engine: Ray Data streams a job's batches over the nodes of a cluster, and their results back, in order.

Batches are loaded here, by the one writer, and only a few ahead.
"""

import atexit
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines.ray_connection import connect
from precompute.engines.ray_pipeline import Pipeline
from precompute.engines.ray_places import places_of
from precompute.engines.ray_worker import KEPT
from precompute.jobs.protocol import Batch, Job

_open: dict[bool, Pipeline] = {}  # one for jobs that use a GPU, one for the others, as long as Ray is joined


class RayEngine:
    """An engine on the cluster at `address`, or on a Ray of its own on this machine.

    Its workers stay until the process ends, so that what they have imported and loaded serves the next output.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address

    def __call__(
        self, job: Job, batches: Iterable[Batch], output: str, params: Any
    ) -> Iterator[tuple[Batch, pa.Table]]:
        """What `job` makes of each batch, in order.

        Raises UserError when Ray is missing, the cluster cannot be reached or dies, or a batch kills all that try it.
        """
        if connect(self.address):
            _open.clear()  # of a cluster that was left
            atexit.unregister(leave)
            atexit.register(leave)  # now, so that it comes before Ray's own
        waiting = deque(batches)
        if not waiting:
            return
        gpu = bool(getattr(job, "GPU", False))
        try:
            yield from _pipeline(gpu, len(waiting)).work(job, output, params, waiting)
        except BaseException as error:
            if gpu in _open:
                _open.pop(gpu).close()
            if isinstance(error, Exception):
                raise _said(error) from None
            raise


def _pipeline(gpu: bool, batches: int) -> Pipeline:
    """One with a worker at each place, but no more than there are batches."""
    import ray

    places = places_of(ray.nodes(), gpu)[:batches]
    if not places:
        raise UserError("The Ray cluster has no node with a CPU; add one, then run the same command again.")
    if gpu in _open and len(_open[gpu].places) < len(places):
        _open.pop(gpu).close()
    if gpu not in _open:
        _open[gpu] = Pipeline(places)
    return _open[gpu]


def leave() -> None:
    """End all workers, before Ray is left."""
    while _open:
        _open.popitem()[1].close()


def _said(error: Exception) -> Exception:
    """What a failure of Ray itself means to who waits; any other error as it is."""
    import ray

    if isinstance(error, ray.exceptions.RayTaskError) and isinstance(error.cause, Exception):
        error = error.cause
    if not isinstance(error, ray.exceptions.RayError):
        return error
    reason = " ".join(str(error).split())[:200]
    if isinstance(error, ray.exceptions.ObjectStoreFullError | ray.exceptions.OutOfDiskError):
        return UserError(
            f"Ray's object store is full ({reason}); start the cluster with a larger --object-store-memory, make room"
            f" in its /tmp/ray, or make the job's batch_size smaller. {KEPT}"
        )
    if isinstance(error, ray.exceptions.RayActorError):
        return UserError(f"Ray workers die as they start ({reason}); are the nodes' packages these? {KEPT}")
    return UserError(f"Ray failed ({reason}); see that the cluster runs (`ray status`). {KEPT}")
