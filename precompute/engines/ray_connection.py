"""Joining a Ray cluster, once a process, with nothing of Ray's own to be seen or heard."""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from precompute.engines.ray_last_word import promise
from precompute.engines.ray_worker import KEPT

INSTALL = 'pip install "ray[data]==2.60.0"'
ROOT = Path(__file__).resolve().parent.parent.parent
# Ray's core, written in C++, logs what Ray Data does as usual to this process's standard error as errors. And no call
# that comes too late may start a Ray of its own.
SILENCE = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_ENABLE_AUTO_CONNECT": "0"}


def connect(address: str | None) -> bool:
    """Join the cluster at `address`, or a Ray of its own on this machine; False where that was done before.

    Ray's own signal handlers, dashboard and statistics stay out of it. Raises UserError when Ray is missing or the
    cluster cannot be reached.
    """
    for name, value in SILENCE.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError:
        raise UserError(f"--engine ray needs Ray: {INSTALL}.") from None
    if ray.is_initialized():
        return False
    if address:
        _knock(address)
    alone: dict[str, Any] = {} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        with _signals_kept(), _silent():
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"py_modules": [str(ROOT / "crowdselect"), str(ROOT / "precompute")]},
                **alone,
            )
    except Exception as error:  # Ray raises all sorts here
        raise _unreachable(address or "this machine", " ".join(str(error).split())[:200]) from None
    promise(ray.get_runtime_context().gcs_address)
    told = logging.getLogger("ray.data")
    told.handlers = [handler for handler in told.handlers if not isinstance(handler, logging.StreamHandler)]
    return True


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


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Ray's core says there, past Python, that its log level was set."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
