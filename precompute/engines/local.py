"""The local engine: one batch after the other, in the writer's own process."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from precompute.jobs.protocol import Batch, Job


def run(job: Job, batches: Iterable[Batch], output: str, params: Any) -> Iterator[tuple[Batch, pa.Table]]:
    """What `job` makes of each batch, in order. A batch is loaded only when its turn comes."""
    for batch in batches:
        yield batch, job.run(batch.load(), output, params)
