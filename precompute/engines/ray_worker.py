"""A worker of the Ray engine: one process that runs batches and keeps the models it has loaded."""

from typing import Any

import pyarrow as pa

from precompute.jobs.protocol import Job
from precompute.models.threads import use_at_most


class Worker:
    """`threads` are what it may use of its node."""

    def __init__(self, threads: int) -> None:
        use_at_most(threads)

    def ready(self) -> bool:
        """The first sign of life."""
        return True

    def run(self, batch: pa.Table, what: tuple[Job, str, Any]) -> pa.Table:
        """What a job makes of a batch for an output with its parameters."""
        job, output, params = what
        return job.run(batch, output, params)
