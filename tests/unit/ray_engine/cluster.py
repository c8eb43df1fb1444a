"""A Ray cluster of two nodes on this machine, its processes, and a job without models that can do harm."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pyarrow as pa
import pytest

from crowdselect.errors import UserError
from precompute.engines.ray import leave
from precompute.engines.ray_connection import SILENCE

HOST = "127.0.0.2"  # this machine alone: for 127.0.0.1, Ray puts the address that others see
WORKER = "ray::MapWorker(MapBatches(Worker))"


@contextmanager
def ray_cluster(nodes: int = 2, **options: Any) -> Iterator[str]:
    """The address of a Ray cluster with nodes of one CPU."""
    os.environ.update(SILENCE)
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"num_cpus": 1, "node_ip_address": HOST, "object_store_memory": 80_000_000}
    made = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False, **options})
    for _ in range(nodes - 1):
        made.add_node(**node)
    yield made.address
    import ray

    leave()
    ray.shutdown()
    made.shutdown()


def workers(title: str = WORKER) -> list[psutil.Process]:
    """The workers of this machine; with .submit, those that are at a batch right now."""
    return [process for process in psutil.process_iter() if title in " ".join(words(process))]


def words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


class Harm:
    """A job whose `params` say what happens to which batch; `number` is the first value of a batch."""

    NAME = "harm"
    GPU = False

    def run(self, batch: pa.Table, output: str, params: dict[str, Any]) -> pa.Table:
        number = batch["number"][0].as_py()
        if number == params.get("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        if number == params.get("fails"):
            raise UserError("harm.fails=30 is a number that fails; choose another.")
        if number == params.get("breaks"):
            raise KeyError("broken")
        time.sleep(params.get("seconds", 0.0))
        made = batch.append_column("worker", pa.array([os.getpid()] * batch.num_rows))
        return made if params.get("returns") else made.drop_columns("load")


class Nothing(Harm):
    """A job that makes no rows."""

    def run(self, batch: pa.Table, output: str, params: dict[str, Any]) -> pa.Table:
        return batch.slice(0, 0).replace_schema_metadata({"kept": "yes"})
