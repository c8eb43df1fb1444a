"""What a job is. The runner owns transactions, progress, retries and logs; a job only says what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """A job's parameters (`--set job.key=value`), validated; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Batch:
    """Some of the work that is left: `load` reads it (in the writer's process), `rows` sizes the progress bar."""

    rows: int
    load: Callable[[], pa.Table]


class Job(Protocol):
    """A module in this folder with these names.

    `outputs` names what these parameters make (`kmeans-30`; `pca`, `tsne`, `umap`), each kept, checked and recomputed
    on its own. An output is up to date while its fingerprint (VERSION, parameters and, unless INCREMENTAL, the stamps
    of `needs`) is the one it was made with; otherwise `clear` empties it and all its batches are made again. An
    INCREMENTAL job makes one row a row of its input, so new input adds batches and changes nothing that is there.

    One whose rows may be refused has UNIT (what its rows are, in a word) and REFUSED (the column of what it makes that
    says why a row is none); NAMES is the table where its outputs stand by their name, so that none stands for nothing.

    A job of models has of_models(params, models_file) -> list[Params] too: one set of parameters for each model. One
    whose batches wait for a server has concurrency(output, params) -> int: how many run at a time, 0 where no server is
    asked. One that asks chat models has asked(output, params) -> calls.Questions | None, for the files of a batch
    service and for --dry-run; any other server(params) -> Place, whose prices hold, and sent(batch, output, params) ->
    Sent for --dry-run.
    """

    NAME: str
    VERSION: int
    INCREMENTAL: bool
    Params: type[Params]

    def outputs(self, params: Any) -> list[str]: ...
    def needs(self, params: Any) -> list[str]:
        """Stamps it depends on: instructions, responses, scores, models, signals, embeddings:NAME, clusters:NAME …

        A need that ends in * is any one whose name begins so (`embeddings:*`).
        """

    def makes(self, output: str) -> str:
        """The stamp that its rows advance."""

    def clear(self, db: duckdb.DuckDBPyConnection, output: str) -> None: ...
    def batches(self, db: duckdb.DuckDBPyConnection, output: str, params: Any) -> Iterator[Batch]:
        """What is left to do, from what is committed: a job that was killed goes on here."""

    def run(self, batch: pa.Table, output: str, params: Any) -> pa.Table:
        """Pure: no files, no clock, no database; the same rows whatever the batch they come in."""

    def write(self, db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Any) -> int | None:
        """Insert what `run` made; called inside the transaction that also commits the progress.

        How many rows the output has more by it, where that is not each row of `made`: some may be rejects, or replace
        rows that were there.
        """
