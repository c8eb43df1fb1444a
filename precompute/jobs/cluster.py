"""Cluster: k-means over a set of embeddings, and a name for each cluster from its instructions' words."""

from collections.abc import Iterator
from functools import partial

import duckdb
import pyarrow as pa
from pydantic import Field

from precompute.database import registered
from precompute.jobs.embedding_sets import choose_set, count_set, embeddings_stamp, read_set, vectors_of
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.models.kmeans import kmeans
from precompute.models.top_words import top_words

NAME = "cluster"
VERSION = 1
INCREMENTAL = False

MADE = pa.schema([("iid", pa.int32()), ("cluster", pa.int32()), ("name", pa.string())])


class Params(BaseParams):
    """`embeddings`: EMBEDDER/FIELD, None for the computed one of the instructions. `name`: None is kmeans-K."""

    k: int = Field(default=30, ge=1, le=10_000)
    seed: int = Field(default=42, ge=0, lt=2**32)
    embeddings: str | None = None
    name: str | None = Field(default=None, min_length=1)


def outputs(params: Params) -> list[str]:
    return [params.name or f"kmeans-{params.k}"]


def needs(params: Params) -> list[str]:
    return ["instructions", embeddings_stamp(params.embeddings)]


def makes(output: str) -> str:
    return f"clusters:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM cluster_members WHERE clustering = ?", [output])
    db.execute("DELETE FROM cluster_names WHERE clustering = ?", [output])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """All rows that have an embedding, as one batch: a clustering is whole or not there."""
    if db.execute("SELECT 1 FROM cluster_members WHERE clustering = ? LIMIT 1", [output]).fetchall():
        return
    chosen = choose_set(db, params.embeddings)
    yield Batch(count_set(db, chosen.set_id), partial(read_set, db, chosen.set_id))


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """iid, cluster, and the cluster's name."""
    labels = kmeans(vectors_of(batch), params.k, params.seed)
    names = top_words(batch["instruction"].to_pylist(), labels)
    columns = [batch["iid"].cast(pa.int32()), pa.array(labels), pa.array([names.get(int(label)) for label in labels])]
    return pa.table([*columns[:2], columns[2].cast(pa.string())], schema=MADE)


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    with registered(db, made=made):
        db.execute("INSERT INTO cluster_members SELECT iid, ?, cluster FROM made", [output])
        db.execute(
            "INSERT INTO cluster_names SELECT DISTINCT ?, cluster, name FROM made"
            " WHERE name IS NOT NULL ORDER BY cluster",
            [output],
        )
