"""How large a Parquet file is once it is read: a value that a dictionary keeps once may stand in a million rows."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CELL = 8  # bytes of a number, or of a text's place


def decoded_size(content: bytes, most: int) -> int:
    """Its bytes as Arrow arrays, counted until they pass `most`. No text is repeated while counting.

    What the footer says is added up first, so that nothing is read of a file that is too large by that alone.
    """
    footer = pq.read_metadata(io.BytesIO(content))
    chunks = [
        (group, footer.row_group(group).column(column))
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns)
    ]
    size = max(
        sum(CELL * chunk.num_values for _, chunk in chunks), sum(chunk.total_uncompressed_size for _, chunk in chunks)
    )
    texts = [(group, chunk.path_in_schema) for group, chunk in chunks if chunk.physical_type == "BYTE_ARRAY"]
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=sorted({path for _, path in texts}))
    for group, path in texts:
        if size > most:
            break
        size += sum(_text_bytes(part) for part in _chunks(file.read_row_group(group, columns=[path])))
    return size


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
