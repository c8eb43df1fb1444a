"""Embed: a vector for each instruction, or for the best-scored response to it."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field

from crowdselect.errors import UserError
from precompute.database import registered
from precompute.jobs.chosen import BEST
from precompute.jobs.embedding_sets import COMPUTED
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.models.load_embedder import MINILM, Precision, load_embedder

NAME = "embed"
VERSION = 1
INCREMENTAL = True
GPU = True  # its model uses one where there is one
UNIT, REFUSED = "vectors", "reason"

MADE = pa.schema([("iid", pa.int32()), ("vector", pa.list_(pa.float32())), ("reason", pa.string())])
TEXTS = {
    "instruction": "SELECT iid, uuid, instruction AS text FROM instructions JOIN wanted USING (iid)",
    "response": f"SELECT iid, uuid, response AS text FROM ({BEST})",  # noqa: S608  a constant
}
# Long texts first: those of one batch are then of one length, and the time that is left is never underrated.
PENDING = {
    "instruction": """
        WITH done AS (SELECT iid FROM vectors JOIN embedding_sets USING (set_id) WHERE embedder = ? AND field = ?)
        SELECT iid FROM instructions ANTI JOIN done USING (iid) ORDER BY length(instruction) DESC, uuid""",
    "response": f"""
        WITH done AS (SELECT iid FROM vectors JOIN embedding_sets USING (set_id) WHERE embedder = ? AND field = ?)
        SELECT iid FROM ({BEST}) ANTI JOIN done USING (iid) ORDER BY n_words DESC NULLS LAST, uuid""",  # noqa: S608
}


class Params(BaseParams):
    """`model`: a sentence-transformers name or directory. `max_length` in tokens; None is the model's own.

    `precision` of the matrix products: auto is bfloat16 where the processor or GPU multiplies in it, else float32.
    """

    model: str = Field(default=MINILM, min_length=1)
    field: Literal["instruction", "response"] = "instruction"
    max_length: int | None = Field(default=None, ge=8)
    precision: Precision = "auto"
    batch_size: int = Field(default=512, ge=1, exclude=True)  # rows a commit; no part of the result


def outputs(params: Params) -> list[str]:
    return [f"{params.model}/{params.field}"]


def needs(params: Params) -> list[str]:
    return ["instructions"] if params.field == "instruction" else ["instructions", "responses", "scores"]


def makes(output: str) -> str:
    return f"embeddings:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    embedder, field = _split(output)
    for (set_id,) in db.execute(
        "SELECT set_id FROM embedding_sets WHERE embedder = ? AND field = ? AND origin = ?", [embedder, field, COMPUTED]
    ).fetchall():
        db.execute("DELETE FROM vectors WHERE set_id = ?", [set_id])
        db.execute("DELETE FROM embedding_sets WHERE set_id = ?", [set_id])
    db.execute("DELETE FROM rejects WHERE file = ?", [_rejects_of(output)])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """What has a text and no vector yet."""
    embedder, field = _split(output)
    if db.execute(
        "SELECT 1 FROM embedding_sets WHERE embedder = ? AND field = ? AND origin IS DISTINCT FROM ?",
        [embedder, field, COMPUTED],
    ).fetchall():
        raise UserError(
            f"Embeddings called {output!r} were attached; attach them under another name, or set embed.model."
        )
    with registered(db, wanted=db.sql("SELECT iid FROM instructions").to_arrow_table()):
        pending = db.sql(PENDING[field], params=[embedder, field]).to_arrow_table()["iid"].to_numpy()
    for first in range(0, len(pending), params.batch_size):
        some = pending[first : first + params.batch_size]
        yield Batch(len(some), partial(_load, db, field, some))


def _load(db: duckdb.DuckDBPyConnection, field: str, iids: np.ndarray) -> pa.Table:
    """iid, uuid, text."""
    with registered(db, wanted=pa.table({"iid": pa.array(iids, pa.int32())})):
        return db.sql(f"{TEXTS[field]} ORDER BY iid").to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """iid, vector, and where the model gave none (not finite, or all zero) the reason instead."""
    if not batch.num_rows:
        return MADE.empty_table()
    vectors = load_embedder(params.model, params.max_length, params.precision).embed(batch["text"].to_pylist())
    good = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    return pa.table(
        {
            "iid": batch["iid"].cast(pa.int32()),
            "vector": pa.array(
                [row if fine else None for row, fine in zip(vectors, good, strict=True)], MADE.field(1).type
            ),
            "reason": _reasons(batch["uuid"].to_pylist(), good, params.model),
        },
        schema=MADE,
    )


def _reasons(uuids: Sequence[str], good: np.ndarray, model: str) -> pa.Array:
    wrong = "gives a vector that is zero or not finite"
    reasons = [None if fine else f"{uuid}: {model} {wrong}" for uuid, fine in zip(uuids, good, strict=True)]
    return pa.array(reasons, pa.string())


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> int:
    """The number of vectors. Rows without a vector go to `rejects` and are tried again by the next run."""
    embedder, field = _split(output)
    good = made.filter(made["vector"].is_valid())
    with registered(db, made=made):
        if good.num_rows:
            dim = len(good["vector"][0])
            db.execute(
                "INSERT INTO embedding_sets"
                " SELECT (SELECT coalesce(max(set_id), 0) + 1 FROM embedding_sets), ?, ?, ?, ? WHERE NOT EXISTS"
                " (FROM embedding_sets WHERE field = ? AND embedder = ?)",
                [field, embedder, dim, COMPUTED, field, embedder],
            )
            db.execute(
                "INSERT INTO vectors SELECT m.iid, e.set_id, m.vector FROM made m, embedding_sets e"
                " WHERE e.field = ? AND e.embedder = ? AND m.vector IS NOT NULL",
                [field, embedder],
            )
        db.execute(
            "DELETE FROM rejects WHERE file = ? AND EXISTS"
            " (SELECT 1 FROM made JOIN instructions USING (iid) WHERE starts_with(rejects.reason, uuid || ':'))",
            [_rejects_of(output)],
        )
        db.execute(
            "INSERT INTO rejects SELECT ?, NULL, reason FROM made WHERE reason IS NOT NULL", [_rejects_of(output)]
        )
    return good.num_rows


def _split(output: str) -> tuple[str, str]:
    """(embedder, field); an embedder may be a path."""
    embedder, _, field = output.rpartition("/")
    return embedder, field


def _rejects_of(output: str) -> str:
    return f"embed {output}"
