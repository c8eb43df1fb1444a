"""A work database with instructions, and a loop that runs a job on it: the runner without its book-keeping."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crowdselect.schema import TABLES, VIEWS


def work_database(path: Path, texts: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """`texts`: uuid -> instruction, in the order in which they were read."""
    db = duckdb.connect(str(path / "work.duckdb"))
    db.execute(TABLES)
    db.execute(VIEWS)
    words = [len(text.split()) for text in texts.values()]
    columns = {"iid": pa.array(range(len(texts)), pa.int32()), "uuid": list(texts), "text": list(texts.values())}
    db.register("given", pa.table({**columns, "n_words": pa.array(words, pa.int32())}))
    db.execute("INSERT INTO instructions (iid, uuid, instruction, n_words) SELECT iid, uuid, text, n_words FROM given")
    db.unregister("given")
    return db


def run_job(db: duckdb.DuckDBPyConnection, job: Any, params: Any, most: int | None = None) -> int:
    """Make what is left of every output, `most` batches at the most; the number of rows made."""
    made = 0
    for output in job.outputs(params):
        for batch in list(job.batches(db, output, params))[:most]:
            rows = job.run(batch.load(), output, params)
            db.execute("BEGIN")
            job.write(db, rows, output, params)
            db.execute("COMMIT")
            made += rows.num_rows
    return made


def attach_vectors(db: duckdb.DuckDBPyConnection, vectors: Sequence[Sequence[float]], name: str = "mine") -> None:
    """Vectors for the first instructions, as `attach embeddings` writes them."""
    set_id = len(db.execute("FROM embedding_sets").fetchall()) + 1
    db.execute(
        "INSERT INTO embedding_sets VALUES (?, 'instruction', ?, ?, 'attached')", [set_id, name, len(vectors[0])]
    )
    column = pa.array([list(map(float, vector)) for vector in vectors], pa.list_(pa.float32()))
    db.register("given", pa.table({"iid": pa.array(range(len(vectors)), pa.int32()), "vector": column}))
    db.execute("INSERT INTO vectors SELECT iid, ?, vector FROM given", [set_id])
    db.unregister("given")
