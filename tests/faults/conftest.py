"""One fork server for all fault tests."""

import multiprocessing
import os
from collections.abc import Iterator

import pytest

from tests.faults.work import nothing, start

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[None]:
    """Loads torch and the embedder once; a command then starts in milliseconds."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.faults.preloaded"])
    start(nothing).join()  # the server imports before it forks: that must not count as the work's time
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
