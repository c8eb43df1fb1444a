"""A worker of the Ray engine: one process that runs batches of one output and keeps the models it has loaded."""

from typing import Any

import pyarrow as pa

from precompute.jobs.protocol import Job
from precompute.models.threads import use_at_most


class Worker:
    """`threads` are what it may use of its node."""

    def __init__(self, job: Job, output: str, params: Any, threads: int) -> None:
        use_at_most(threads)
        self.job, self.output, self.params = job, output, params

    def ready(self) -> bool:
        return True

    def run(self, batch: pa.Table) -> pa.Table:
        return self.job.run(batch, self.output, self.params)
