"""Several batches at a time in threads, for jobs that wait for answers: what has come is handed over at once."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import pyarrow as pa

from precompute.jobs.protocol import Batch, Job


def run(job: Job, batches: Iterable[Batch], output: str, params: Any, workers: int) -> Iterator[tuple[Batch, pa.Table]]:
    """What `job` makes of the batches, in the order in which it comes; `workers` are at work at the most.

    A worker takes a new batch only when its last one is committed, so a kill loses at most one batch a worker. When
    one fails, no new one is begun, and the error is raised when those at work have been handed over.
    """
    waiting, running = iter(batches), dict[Future[pa.Table], Batch]()
    pool = ThreadPoolExecutor(workers, thread_name_prefix=job.NAME)
    failed: Exception | None = None

    def begin() -> None:
        batch = None if failed else next(waiting, None)
        if batch is not None:
            running[pool.submit(job.run, batch.load(), output, params)] = (
                batch  # loads here: one connection, one thread
            )

    try:
        for _ in range(workers):
            begin()
        while running:
            done = wait(running, return_when=FIRST_COMPLETED).done
            made: list[pa.Table] = []
            rows = 0
            for future in done:
                batch = running.pop(future)
                try:
                    made.append(future.result())
                    rows += batch.rows
                except Exception as error:
                    failed = failed or error
            if made:
                table = pa.concat_tables(made)
                yield Batch(rows, table.combine_chunks), table
            for _ in done:
                begin()
        if failed:
            raise failed
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
