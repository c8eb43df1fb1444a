"""What the Ray engine does when a process, a batch or the object store fails: with a job that has no models."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

from crowdselect.errors import UserError
from precompute.engines.ray import RayEngine, leave
from precompute.jobs.protocol import Batch
from tests.unit.ray_engine.cluster import WORKER, Harm, Nothing, ray_cluster, words, workers

pytestmark = pytest.mark.slow  # a cluster of processes

ROOT = Path(__file__).resolve().parents[3]
HARM, NOTHING = Harm(), Nothing()


class Loads:
    """Batches of a number, all or the `heavy` one with megabytes; how many were loaded before how many were told."""

    def __init__(self, heavy: int | None = None, megabytes: int = 0) -> None:
        self.loaded = self.told = self.ahead = 0
        self.heavy, self.weight = heavy, megabytes << 20

    def batches(self, count: int) -> list[Batch]:
        return [Batch(1, partial(self.load, number)) for number in range(count)]

    def load(self, number: int) -> pa.Table:
        self.loaded += 1
        self.ahead = max(self.ahead, self.loaded - self.told)
        load = bytes(self.weight if self.heavy in (None, number) else 0)
        return pa.table({"number": [number], "load": pa.array([load], pa.large_binary())})


def made(
    address: str | None, count: int, loads: Loads | None = None, job: Any = HARM, **params: Any
) -> Iterator[pa.Table]:
    """Each result, as it comes."""
    loads = loads or Loads()
    for _, table in RayEngine(address)(job, loads.batches(count), "harm", params):
        loads.told += 1
        yield table


def number_of(table: pa.Table) -> int:
    return int(table["number"][0].as_py())


def test_results_come_in_order_few_batches_are_loaded_ahead_and_workers_stay(cluster: str) -> None:
    from ray.data import DataContext

    loads = Loads()
    first = list(made(cluster, 60, loads, seconds=0.01))
    assert [number_of(table) for table in first] == list(range(60))
    workers_of_first = {table["worker"][0].as_py() for table in first}
    assert len(workers_of_first) == 2, "both nodes have a worker"
    assert 2 < loads.ahead <= 16
    second = list(made(cluster, 20, seconds=0.01))
    assert [number_of(table) for table in second] == list(range(20))
    assert {table["worker"][0].as_py() for table in second} <= workers_of_first, "a new one would load its models again"
    own = DataContext.get_current()
    assert not own.execution_options.preserve_order
    assert own.target_max_block_size != 1


def test_an_empty_table_comes_back_with_its_columns(cluster: str) -> None:
    for table in made(cluster, 3, job=NOTHING):
        assert table.num_rows == 0
        assert table.schema.names == ["number", "load"]
        assert table.schema.metadata == {b"kept": b"yes"}


def test_any_process_of_the_stream_may_be_killed(cluster: str) -> None:
    left = [WORKER, "ray::MapBatches(tickets)", "ray::Mailbox"]
    numbers = []
    for table in made(cluster, 90, seconds=0.02):
        numbers.append(number_of(table))
        if numbers[-1] % 20 == 10 and left:
            title = left.pop()
            (process, *_) = workers(title)
            process.kill()
    assert not left
    assert numbers == list(range(90))


@pytest.mark.parametrize(
    ("params", "kind", "text"),
    [
        ({"fails": 30}, UserError, "harm.fails=30 is a number that fails; choose another."),
        ({"breaks": 30}, RuntimeError, "KeyError: 'broken'"),
        ({"dies": 30}, UserError, "4 Ray workers died with the same batch; give the workers more memory"),
    ],
)
def test_what_was_made_before_a_batch_that_fails_is_handed_over(
    cluster: str, params: dict[str, Any], kind: type[Exception], text: str
) -> None:
    numbers = []
    with pytest.raises(kind) as caught:  # noqa: PT012  what came before counts
        for table in made(cluster, 60, seconds=0.01, **params):
            numbers.append(number_of(table))
    assert str(caught.value).startswith(text)
    assert numbers == list(range(30))


def test_an_interrupt_ends_ray_on_this_machine_too() -> None:
    module = "tests.unit.ray_engine.test_faults"
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"  # also where a shell said nohup
    code = f"{heard}\nfrom {module} import made\nfor _ in made(None, 9999, seconds=0.05): print(1, flush=True)"
    run = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"1\n"
    begun = psutil.Process(run.pid).children(recursive=True)
    assert any(WORKER in " ".join(words(process)) for process in begun)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, error = run.communicate(timeout=120)  # a process that hangs; a busy machine takes half a minute
    assert error.startswith(b"Traceback"), "Ray itself said something"
    assert error.splitlines()[-1].startswith(b"KeyboardInterrupt")
    assert psutil.wait_procs(begun, timeout=15)[1] == []


def test_a_small_object_store_spills_and_a_full_one_stops_with_what_to_do(cluster: str) -> None:
    """Last: this process leaves the cluster for smaller ones; in the second the disk counts as full."""
    import ray

    leave()
    ray.shutdown()
    small = {"object_store_memory": 78_643_200}
    with ray_cluster(1, **small) as address:
        assert [number_of(table) for table in made(address, 12, Loads(megabytes=20), returns=True)] == list(range(12))
    numbers = []

    def add(address: str) -> None:
        for table in made(address, 20, Loads(heavy=12, megabytes=90), seconds=0.01):
            numbers.append(number_of(table))

    with (
        ray_cluster(1, **small, _system_config={"local_fs_capacity_threshold": 0.0001}) as address,
        pytest.raises(UserError, match="object store is full") as caught,
    ):
        add(address)
    assert "--object-store-memory" in str(caught.value)
    assert "What is committed stays" in str(caught.value)
    assert numbers == list(range(12))
