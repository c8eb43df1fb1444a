"""The sets of embeddings in a workspace: which one a job means, and its vectors as one matrix in uuid order."""

from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from crowdselect.errors import UserError

COMPUTED = "computed"  # the origin of the sets that the job `embed` makes


class EmbeddingSet(NamedTuple):
    """One set; `name` is EMBEDDER/FIELD."""

    set_id: int
    name: str


def embeddings_stamp(name: str | None) -> str:
    """The need of a job that reads the set `name`; None: any set there is."""
    return f"embeddings:{name}" if name else "embeddings:*"


def choose_set(db: duckdb.DuckDBPyConnection, name: str | None) -> EmbeddingSet:
    """The set called `name` (EMBEDDER/FIELD, or EMBEDDER where that says enough).

    None: the computed embedding of the instructions, else the only set there is. Raises UserError when that is none
    or several.
    """
    rows = db.execute("SELECT set_id, field, embedder, origin FROM embedding_sets ORDER BY embedder, field").fetchall()
    known = ", ".join(f"{embedder}/{field}" for _, field, embedder, _ in rows)
    if not rows:
        raise UserError("There are no embeddings; run the job embed first, or attach your own.")
    if name is None:
        found = [row for row in rows if row[1] == "instruction" and row[3] == COMPUTED] or rows
    else:
        found = [row for row in rows if name == f"{row[2]}/{row[1]}"] or [row for row in rows if name == row[2]]
    if not found:
        raise UserError(f"Unknown embeddings {name!r}; choose one of {known}.")
    if len(found) > 1:
        raise UserError(f"Several embeddings could be meant; set embeddings to one of {known}.")
    set_id, field, embedder, _ = found[0]
    return EmbeddingSet(set_id, f"{embedder}/{field}")


def vectors_of(table: pa.Table) -> np.ndarray:
    """The column `vector` as (n, dim) float32. Raises UserError naming the row whose vector is ragged or not finite."""
    n = table.num_rows
    column = table["vector"].combine_chunks()
    lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    dim = int(lengths[0]) if n else 0
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    wrong = (lengths != dim) | (lengths == 0)
    if not wrong.any():
        matrix = flat.reshape(n, dim)
        wrong = ~np.isfinite(matrix).all(axis=1)
    if wrong.any():
        uuid = table["uuid"][int(np.argmax(wrong))].as_py()
        raise UserError(f"The embedding of row {uuid!r} is not {dim} finite numbers; attach or compute it again.")
    return matrix


def read_set(db: duckdb.DuckDBPyConnection, set_id: int) -> pa.Table:
    """iid, uuid, instruction (its beginning: enough for naming), vector; rows ascend by uuid."""
    return db.sql(
        "SELECT iid, uuid, left(instruction, 1000) AS instruction, vector"
        " FROM vectors JOIN instructions USING (iid) WHERE set_id = ? ORDER BY uuid",
        params=[set_id],
    ).to_arrow_table()


def count_set(db: duckdb.DuckDBPyConnection, set_id: int) -> int:
    """How many rows have a vector in the set."""
    return len(db.execute("SELECT iid FROM vectors WHERE set_id = ?", [set_id]).fetchnumpy()["iid"])
