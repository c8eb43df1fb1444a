"""The Ray engine: workers on the nodes of a cluster run batches side by side, results come back in batch order.

Batches are loaded here, by the one writer, and only a few ahead.
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
from precompute.engines.ray_crew import KEPT, Crew
from precompute.jobs.protocol import Batch, Job

INSTALL = 'pip install "ray[data]==2.60.0"'
ROOT = Path(__file__).resolve().parent.parent.parent


class RayEngine:
    """An engine on the cluster at `address`, or on a Ray of its own on this machine.

    Its workers stay until the process ends, so that what they have imported and loaded serves the next output.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self.crews: dict[bool, Crew] = {}

    def __call__(
        self, job: Job, batches: Iterable[Batch], output: str, params: Any
    ) -> Iterator[tuple[Batch, pa.Table]]:
        """What `job` makes of each batch, in order.

        Raises UserError when Ray is missing, the cluster cannot be reached or dies, or a batch kills all that try it.
        """
        connect(self.address)
        gpu = bool(getattr(job, "GPU", False))
        if gpu not in self.crews:
            self.crews[gpu] = Crew(gpu)
        try:
            yield from self.crews[gpu].work(job, output, params, deque(batches))
        except BaseException as error:
            self.crews.pop(gpu).dismiss()
            if isinstance(error, Exception):
                raise _said(error) from None
            raise


def connect(address: str | None) -> None:
    """Join the cluster, once a process. Ray's own signal handlers, dashboard and statistics stay out of it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise UserError(f"--engine ray needs Ray: {INSTALL}.") from None
    if ray.is_initialized():
        return
    if address:
        _knock(address)
    alone: dict[str, Any] = {} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        with _signals_kept():
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"py_modules": [str(ROOT / "crowdselect"), str(ROOT / "precompute")]},
                **alone,
            )
    except Exception as error:  # Ray raises all sorts here
        raise _unreachable(address or "this machine", " ".join(str(error).split())[:200]) from None


def _knock(address: str) -> None:
    """See whether anybody listens at HOST:PORT: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or "/" in host:
        return  # auto, or a kind of address that Ray knows
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, str(getattr(error, "strerror", None) or error)) from None


def _unreachable(address: str, reason: str) -> UserError:
    return UserError(
        f"The Ray cluster at {address} cannot be reached ({reason}); start it with `ray start --head` and give its"
        f" HOST:PORT with --ray-address or RAY_ADDRESS; for one that asks for a token, set RAY_AUTH_MODE=token. {KEPT}"
    )


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


def _said(error: Exception) -> Exception:
    """What a failure of Ray itself means to who waits; any other error as it is."""
    import ray

    if not isinstance(error, ray.exceptions.RayError):
        return error
    reason = " ".join(str(error).split())[:200]
    if isinstance(error, ray.exceptions.ObjectStoreFullError | ray.exceptions.OutOfDiskError):
        return UserError(
            f"Ray's object store is full ({reason}); start the cluster with a larger --object-store-memory, make room"
            f" in its /tmp/ray, or make the job's batch_size smaller. {KEPT}"
        )
    return UserError(f"Ray failed ({reason}); see that the cluster runs (`ray status`). {KEPT}")
