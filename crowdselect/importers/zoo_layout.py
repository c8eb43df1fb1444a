"""Which column of a Generator-Zoo table is what, told from its schema alone."""

from dataclasses import dataclass

import pyarrow as pa

from crowdselect.importers.fields import ID_FIELDS
from crowdselect.importers.plain import is_text

CONTENT = "content"
KNOWN = ("instruction", "source", *ID_FIELDS)


@dataclass(frozen=True)
class Layout:
    """Columns by number: a model's struct, the id, the source, and those that are kept as extra."""

    models: tuple[tuple[str, int], ...]
    reward_models: tuple[str, ...]  # fields beside content that hold numbers for at least one model
    ignored: tuple[str, ...]  # the other fields beside content
    instruction: int
    id_fields: tuple[tuple[str, int], ...]
    source: int | None
    extra: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, schema: pa.Schema) -> "Layout":
        """The layout of a table; a table without instructions has column -1 for them."""
        models = tuple((field.name, at) for at, field in enumerate(schema) if is_answer(field))
        inner = [field for _, at in models for field in schema.field(at).type if field.name != CONTENT]
        numbers = dict.fromkeys(field.name for field in inner if is_number(field.type))
        ignored = dict.fromkeys(field.name for field in inner if field.name not in numbers)
        ids = tuple((name, schema.get_field_index(name)) for name in ID_FIELDS if schema.get_field_index(name) >= 0)
        source = schema.get_field_index("source")
        if source >= 0 and not is_text(schema.field(source).type):
            source = -1
        instruction = schema.get_field_index("instruction")
        taken = {instruction, source, *(at for _, at in models), *(at for _, at in ids[:1])}
        extra = tuple((field.name, at) for at, field in enumerate(schema) if at not in taken)
        return cls(models, tuple(numbers), tuple(ignored), instruction, ids, source if source >= 0 else None, extra)


def is_answer(field: pa.Field) -> bool:
    """Whether the column holds a model's answers: a struct with content."""
    return (
        field.name not in KNOWN and pa.types.is_struct(field.type) and CONTENT in [inner.name for inner in field.type]
    )


def is_number(kind: pa.DataType) -> bool:
    """Whether values of this type can be scores (truth values cannot)."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
