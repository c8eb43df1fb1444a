"""Project: each row's place on a 2-D map, by one method or several."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator

from precompute.database import registered
from precompute.jobs.embedding_sets import choose_set, count_set, embeddings_stamp, read_set, vectors_of
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.models.layouts import pca_layout, tsne_layout, umap_layout

NAME = "project"
VERSION = 1
INCREMENTAL = False

Method = Literal["pca", "tsne", "umap"]
MADE = pa.schema([("iid", pa.int32()), ("x", pa.float32()), ("y", pa.float32())])


class Params(BaseParams):
    """`perplexity` is t-SNE's; `n_neighbors` and `min_dist` are UMAP's. `embeddings`: as in the job cluster."""

    methods: tuple[Method, ...] = Field(default=("pca", "tsne", "umap"), min_length=1, exclude=True)  # an output each
    seed: int = Field(default=42, ge=0, lt=2**32)
    embeddings: str | None = None
    perplexity: float = Field(default=30, ge=1, le=1000)
    n_neighbors: int = Field(default=15, ge=2, le=1000)
    min_dist: float = Field(default=0.1, ge=0, le=0.99)

    @field_validator("methods", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        """`pca,umap` is read as a list, and one method may stand alone."""
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else value

    @field_validator("methods")
    @classmethod
    def _each_once(cls, value: tuple[Method, ...]) -> tuple[Method, ...]:
        return tuple(dict.fromkeys(value))


def outputs(params: Params) -> list[str]:
    return list(params.methods)


def needs(params: Params) -> list[str]:
    return [embeddings_stamp(params.embeddings)]


def makes(output: str) -> str:
    return f"projections:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM points WHERE projection = ?", [output])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """All rows that have an embedding, as one batch: a map is whole or not there."""
    if db.execute("SELECT 1 FROM points WHERE projection = ? LIMIT 1", [output]).fetchall():
        return
    chosen = choose_set(db, params.embeddings)
    yield Batch(count_set(db, chosen.set_id), partial(read_set, db, chosen.set_id))


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """iid, x, y."""
    vectors = vectors_of(batch)
    points = _layout(vectors, output, params)
    return pa.table([batch["iid"].cast(pa.int32()), pa.array(points[:, 0]), pa.array(points[:, 1])], schema=MADE)


def _layout(vectors: np.ndarray, method: str, params: Params) -> np.ndarray:
    if method == "tsne":
        return tsne_layout(vectors, params.seed, params.perplexity)
    if method == "umap":
        return umap_layout(vectors, params.seed, params.n_neighbors, params.min_dist)
    return pca_layout(vectors)


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    with registered(db, made=made):
        db.execute("INSERT INTO points SELECT iid, ?, x, y FROM made", [output])
