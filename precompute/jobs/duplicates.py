"""Duplicates: links between near-duplicate instructions, by MinHash over their texts and by their embeddings."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import duckdb
import pyarrow as pa
from pydantic import Field, field_validator

from precompute.database import one, registered
from precompute.jobs.embedding_sets import choose_set, count_set, embeddings_stamp, read_set, vectors_of
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams

NAME = "duplicates"
VERSION = 1
INCREMENTAL = False

Method = Literal["minhash", "embedding"]
MADE = pa.schema([("iid", pa.int32()), ("other", pa.int32()), ("similarity", pa.float64())])


class Params(BaseParams):
    """`minhash_threshold` is a Jaccard similarity of character 5-grams, `embedding_threshold` a cosine: a recipe may
    ask for these or higher ones. `embeddings`: as in the job cluster."""

    methods: tuple[Method, ...] = Field(default=("minhash", "embedding"), min_length=1, exclude=True)  # an output each
    minhash_threshold: float = Field(default=0.7, ge=0.1, lt=1)
    permutations: int = Field(default=256, ge=16, le=4096)
    seed: int = Field(default=42, ge=0, lt=2**32)
    embedding_threshold: float = Field(default=0.9, ge=0.1, lt=1)
    embeddings: str | None = None

    @field_validator("methods", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        """`minhash,embedding` is read as a list, and one method may stand alone."""
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


def outputs(params: Params) -> list[str]:
    return list(dict.fromkeys(params.methods))


def needs(params: Params) -> list[str]:
    return ["instructions", *([embeddings_stamp(params.embeddings)] if "embedding" in params.methods else [])]


def makes(output: str) -> str:
    return f"duplicates:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM duplicate_links WHERE method = ?", [output])
    db.execute("DELETE FROM duplicate_sets WHERE method = ?", [output])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """All rows as one batch: any two of them may be near-duplicates."""
    if db.execute("SELECT 1 FROM duplicate_sets WHERE method = ?", [output]).fetchall():
        return
    if output == "minhash":
        yield Batch(one(db, "SELECT count(*) FROM instructions"), partial(_texts, db))
        return
    chosen = choose_set(db, params.embeddings)
    yield Batch(count_set(db, chosen.set_id), partial(read_set, db, chosen.set_id))


def _texts(db: duckdb.DuckDBPyConnection) -> pa.Table:
    return db.sql("SELECT iid, uuid, instruction FROM instructions ORDER BY uuid").to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """iid, other, similarity: fewer than there are rows, and enough for every threshold from the job's on."""
    from precompute.models.near_duplicates import by_embedding, by_minhash

    if output == "minhash":
        texts = [text or "" for text in batch["instruction"].to_pylist()]
        pairs = by_minhash(texts, params.minhash_threshold, params.permutations, params.seed)
    else:
        pairs = by_embedding(vectors_of(batch), params.embedding_threshold)
    iids = batch["iid"].to_numpy()
    return pa.table([pa.array(iids[pairs[0]], pa.int32()), pa.array(iids[pairs[1]], pa.int32()), pairs[2]], MADE)


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    threshold = params.minhash_threshold if output == "minhash" else params.embedding_threshold
    with registered(db, made=made):
        db.execute("INSERT INTO duplicate_links SELECT ?, iid, other, similarity FROM made", [output])
        db.execute("INSERT INTO duplicate_sets VALUES (?, ?)", [output, threshold])
