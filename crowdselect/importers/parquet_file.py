"""A Parquet file a batch at a time, from any row on, its columns made plain."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crowdselect.importers.lines import Trouble
from crowdselect.importers.parquet_size import unpacked
from crowdselect.importers.plain import plain, plain_schema

BATCH_BYTES = 64 << 20  # rows are taken in smaller batches where they are long


def schema(path: Path) -> pa.Schema | Trouble:
    """The columns of the file; a Trouble where it is damaged, or holds far more than its size lets expect."""
    try:
        why = unpacked(path)
        found = None if why else pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        return _damaged(error, whole=True)
    if found is None:
        return Trouble(str(why), whole=True)
    if twice := next((name for name in found.names if found.names.count(name) > 1), None):
        return Trouble(f"two columns are called {twice[:80]!r}; rename one", whole=True)
    return plain_schema(found)


def batches(
    path: Path, start: int, size: int, columns: list[str] | None = None
) -> Iterator[tuple[int, pa.RecordBatch | Trouble]]:
    """(rows before it, batch of at most `size` rows) from row `start` on; a last Trouble where the file is damaged.

    `columns` names those that are wanted; None: all.
    """
    trouble = schema(path)
    if isinstance(trouble, Trouble):
        yield start, trouble
        return
    try:
        file = pq.ParquetFile(path, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        yield start, _damaged(error, whole=True)
        return
    with file:
        position, groups = 0, list[int]()
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if groups or position + rows > start:
                groups.append(group)
            else:
                position += rows
        if not groups:
            return
        row_bytes = sum(file.metadata.row_group(group).total_byte_size for group in groups) // (
            sum(file.metadata.row_group(group).num_rows for group in groups) or 1
        )
        size = max(1, min(size, BATCH_BYTES // max(1, row_bytes)))
        try:
            for batch in file.iter_batches(batch_size=size, row_groups=groups, columns=columns):
                ahead = max(0, min(start - position, batch.num_rows))
                if ahead < batch.num_rows:
                    yield position + ahead, plain(batch.slice(ahead))
                position += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield max(position, start), _damaged(error)


def _damaged(error: Exception, whole: bool = False) -> Trouble:
    reason = " ".join(str(error).split())[:120]
    return Trouble(f"the Parquet file is damaged{'' if whole else ' here; what follows is lost'} ({reason})", whole)
