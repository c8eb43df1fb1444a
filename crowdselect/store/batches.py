"""Reads tables that have rows for each instruction and model, some instructions at a time, however many there are."""

from collections.abc import Callable, Iterator

import pyarrow as pa

ROWS_AT_ONCE = 20_000  # of 19 models and 3 reward models: 20 MB of scores

Query = Callable[[str], pa.Table]


def in_batches(query: Query, table: str, columns: str, end: int) -> Iterator[pa.Table]:
    """`columns` of every row of `table`, whose instructions are numbered from 0 up to `end`.

    ValueError, at last, where it has rows of other instructions.
    """
    left = query(f"SELECT count(*) AS rows FROM {table}")["rows"][0].as_py()  # noqa: S608  a fixed name
    for first in range(0, end, ROWS_AT_ONCE):
        here = f"iid >= {first} AND iid < {first + ROWS_AT_ONCE}"
        part = query(f"SELECT {columns} FROM {table} WHERE {here}")  # noqa: S608  fixed names, whole numbers
        left -= part.num_rows
        yield part
    if left:
        raise ValueError(f"{left:,} rows of {table} belong to no instruction")
