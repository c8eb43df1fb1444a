"""Language: which natural language each instruction is written in, as a clustering named `language`."""

from collections.abc import Iterator
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field

from precompute.database import registered
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.models.languages import LANGUAGES, languages_of

NAME = "language"
VERSION = 1
INCREMENTAL = True

CLUSTERING = "language"
MADE = pa.schema([("iid", pa.int32()), ("cluster", pa.int32())])


class Params(BaseParams):
    """`min_confidence`: below it, from 0 to 1, an instruction's language is `und` (undetermined)."""

    min_confidence: float = Field(default=0.2, ge=0, le=1)
    batch_size: int = Field(default=5_000, ge=1, exclude=True)  # rows a commit; no part of the result


def outputs(params: Params) -> list[str]:
    return [CLUSTERING]


def needs(params: Params) -> list[str]:
    return ["instructions"]


def makes(output: str) -> str:
    return f"clusters:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM cluster_members WHERE clustering = ?", [output])
    db.execute("DELETE FROM cluster_names WHERE clustering = ?", [output])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """The instructions that have none yet."""
    pending = db.sql(
        "SELECT iid FROM instructions ANTI JOIN (SELECT iid FROM cluster_members WHERE clustering = ?) USING (iid)"
        " ORDER BY iid",
        params=[output],
    ).to_arrow_table()["iid"]
    iids = pending.to_numpy()
    for first in range(0, len(iids), params.batch_size):
        some = iids[first : first + params.batch_size]
        yield Batch(len(some), partial(_load, db, some))


def _load(db: duckdb.DuckDBPyConnection, iids: np.ndarray) -> pa.Table:
    """iid, instruction."""
    with registered(db, wanted=pa.table({"iid": pa.array(iids, pa.int32())})):
        return db.sql("SELECT iid, instruction FROM instructions JOIN wanted USING (iid) ORDER BY iid").to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """iid, and the place of its language in LANGUAGES."""
    found = languages_of(batch["instruction"].to_pylist(), params.min_confidence)
    return pa.table([batch["iid"].cast(pa.int32()), pa.array(found, pa.int32())], schema=MADE)


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    names = pa.table({"cluster": pa.array(range(len(LANGUAGES)), pa.int32()), "name": list(LANGUAGES)})
    with registered(db, made=made, names=names):
        db.execute("INSERT INTO cluster_members SELECT iid, ?, cluster FROM made", [output])
        db.execute(
            "INSERT INTO cluster_names SELECT ?, cluster, name FROM names SEMI JOIN made USING (cluster)"
            " ANTI JOIN (SELECT cluster FROM cluster_names WHERE clustering = ?) USING (cluster) ORDER BY cluster",
            [output, output],
        )
