"""Arrow columns as plain ones: whatever a Parquet writer calls a text, a list or a number, its readers see one type.

| as it was written | as it is read |
| --- | --- |
| dictionary (pandas' categories), string view, JSON | text |
| UUID | its usual text |
| list of a fixed size, list view | list |
| time, date, timestamp | its text in ISO form |
| duration | a whole number of its unit |
| half precision | single precision |
| binary, decimal, map, UUID inside of another | as they are, for the values say what they hold |
"""

from uuid import UUID

import pyarrow as pa


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of what `plain` makes of a batch."""
    return pa.schema([field.with_type(_outer(field.type)).remove_metadata() for field in schema])


def plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with plain columns; one that Arrow cannot convert stays as it is."""
    schema = plain_schema(batch.schema)
    columns = [_column(column, field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=schema.names)


def _column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if _is_uuid(column.type):
        found = column.storage.to_pylist()
        return pa.array([None if value is None else str(UUID(bytes=value)) for value in found], kind)
    try:
        return column.cast(kind)
    except pa.ArrowException:
        return column


def _outer(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if _is_uuid(kind) else plain_type(kind)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The plain type for values of type `kind`."""
    types = pa.types
    if types.is_dictionary(kind):  # few values may stand in many rows, so a text is large
        inner = plain_type(kind.value_type)
        return pa.large_string() if types.is_string(inner) else inner
    if types.is_string_view(kind) or types.is_date(kind) or types.is_time(kind) or types.is_timestamp(kind):
        return pa.large_string()
    if types.is_duration(kind):
        return pa.int64()
    if types.is_binary_view(kind):
        return pa.large_binary()
    if types.is_float16(kind):
        return pa.float32()
    if types.is_fixed_size_list(kind) or types.is_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if types.is_large_list(kind) or types.is_list_view(kind) or types.is_large_list_view(kind):
        return pa.large_list(plain_type(kind.value_type))
    if types.is_struct(kind):
        return pa.struct([pa.field(field.name, plain_type(field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(plain_type(kind.key_type), plain_type(kind.item_type))
    if isinstance(kind, pa.BaseExtensionType) and not _is_uuid(kind):
        return plain_type(kind.storage_type)
    return kind


def _is_uuid(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.UuidType)


def holds_binary(kind: pa.DataType) -> bool:
    """Whether bytes stand somewhere in values of type `kind`."""
    if is_binary(kind):
        return True
    return any(holds_binary(kind.field(at).type) for at in range(kind.num_fields))


def is_binary(kind: pa.DataType) -> bool:
    """Whether values of this type are bytes: some writers do not say of their texts that they are."""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this plain type are texts, or bytes that may be; a column without any value may hold some."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind) or is_binary(kind)
