"""Where a job's batches run: an engine is a function (job, batches, output, params) -> made tables, in batch order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from precompute.engines import local
from precompute.engines.ray import RayEngine
from precompute.jobs.protocol import Batch, Job

Engine = Callable[[Job, Iterable[Batch], str, Any], Iterator[tuple[Batch, pa.Table]]]

# Each is made from the address of a cluster; None: this machine.
ENGINES: dict[str, Callable[[str | None], Engine]] = {"local": lambda address: local.run, "ray": RayEngine}


def engine(name: str, address: str | None = None) -> Engine:
    """The engine called `name`; `address` is that of a Ray cluster."""
    if name not in ENGINES:
        raise UserError(f"The engine {name!r} is not available; choose one of {', '.join(ENGINES)}.")
    return ENGINES[name](address)
