"""Small questions to Arrow columns."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.importers.plain import is_text


def valid(array: pa.Array) -> np.ndarray:
    """(n,) bool: where there is a value."""
    return array.is_valid().to_numpy(zero_copy_only=False)


def texts(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The column as large_string, and (n,) bool: where a value is no UTF-8 text (null in the first).

    Parquet readers trust what a file says of its bytes, so they are checked here.
    """
    if not is_text(array.type):
        return pa.nulls(len(array), pa.large_string()), valid(array)
    made = array.cast(pa.large_string(), safe=False)
    broken = np.zeros(len(made), bool)
    try:
        made.validate(full=True)
    except pa.ArrowInvalid:
        for row, value in enumerate(made.cast(pa.large_binary()).to_pylist()):
            broken[row] = value is not None and not _is_utf8(value)
        made = pc.if_else(pa.array(broken), pa.scalar(None, pa.large_string()), made)
    return made, broken


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def fields_of(struct: pa.StructArray) -> dict[str, pa.Array]:
    """A struct column's fields by name, null where the struct is."""
    return {field.name: array for field, array in zip(struct.type, struct.flatten(), strict=True)}
