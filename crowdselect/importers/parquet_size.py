"""How large a Parquet file is once it is read: a value that a dictionary keeps once may stand in a million rows."""

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CELL = 8  # bytes of a number, or of a text's place
SMALL = 32 << 20  # only files up to this size are counted: a larger one takes its room on the disk, too
FEW = 1 << 30  # bytes that any file may hold
TIMES = 200  # and how many times its own size a file may, beyond that


def unpacked(path: Path) -> str | None:
    """Why a small file is not read: it holds far more than any honest one of its size. None where it is."""
    state = path.stat()
    return _unpacked(path, state.st_size, state.st_mtime_ns) if state.st_size <= SMALL else None


@lru_cache(maxsize=64)
def _unpacked(path: Path, size: int, changed: int) -> str | None:
    most = max(FEW, TIMES * size)
    try:
        if decoded_size(path, most) <= most:
            return None
    except (pa.ArrowException, OSError):
        return None  # reading it says where it is damaged
    return f"its {size:,} bytes hold more than {most / 1e9:.1f} GB once they are read; take a file without such repeats"


def decoded_size(source: Path | bytes, most: int) -> int:
    """The bytes of a file, or of a file's content, as Arrow arrays, counted until they pass `most`.

    No text is repeated while counting. What the footer says is added up first, so that nothing is read of a file that
    is too large by that alone.
    """
    footer = pq.read_metadata(_opened(source))
    chunks = [
        (group, footer.row_group(group).column(column))
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns)
    ]
    size = max(
        sum(CELL * chunk.num_values for _, chunk in chunks), sum(chunk.total_uncompressed_size for _, chunk in chunks)
    )
    texts = [(group, chunk.path_in_schema) for group, chunk in chunks if chunk.physical_type == "BYTE_ARRAY"]
    file = pq.ParquetFile(_opened(source), read_dictionary=sorted({path for _, path in texts}))
    for group, path in texts:
        if size > most:
            break
        size += sum(_text_bytes(part) for part in _chunks(file.read_row_group(group, columns=[path])))
    return size


def _opened(source: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _chunks(table: pa.Table) -> Iterator[pa.Array]:
    for column in table.columns:
        yield from column.chunks


def _text_bytes(array: pa.Array) -> int:
    """The bytes of all texts in an array, however it is nested, as often as they stand in it."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary).cast(pa.int64())
        return int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    if pa.types.is_struct(array.type):
        return sum(_text_bytes(part) for part in array.flatten())
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_map(array.type):
        return _text_bytes(array.values if not pa.types.is_map(array.type) else array.items)
    return int(array.nbytes)
