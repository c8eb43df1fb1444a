"""Reads what people attach: a column of values by instruction id, or a matrix of embeddings with its ids."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers import parquet_file
from crowdselect.importers.fields import ID_FIELDS as IDS
from crowdselect.importers.fields import Refused as NotTaken
from crowdselect.importers.fields import id_text
from crowdselect.importers.lines import Trouble
from crowdselect.importers.rows import decoded, rows

BATCH_ROWS = 50_000
MODEL = "model"  # the column that says whose answers a metric's numbers belong to
Refused = list[tuple[int | None, str]]  # (line, reason)


@dataclass
class Values:
    """`lines` (n,) in the file, `uuids` (n,), `values` (n rows), and the rows that were refused while reading.

    `models` (n,) says whose answers the values belong to; None where they belong to instructions.
    """

    lines: pa.Array
    uuids: pa.Array
    values: pa.Array
    refused: Refused = field(default_factory=list)
    models: pa.Array | None = None

    def keep(self, good: np.ndarray, reasons: Callable[[int], str]) -> "Values":
        """The rows that `good` (n,) marks; the others are refused, each for its reason."""
        bad = [(self.lines[int(row)].as_py(), reasons(int(row))) for row in np.flatnonzero(~good)]
        mask = pa.array(good)
        parts = (self.lines.filter(mask), self.uuids.filter(mask), self.values.filter(mask))
        return Values(*parts, self.refused + bad, None if self.models is None else self.models.filter(mask))


def read_parquet(path: Path, column: str | None, of_answers: bool = False) -> Values:
    """One column of a Parquet file; None: its only column of lists. `of_answers`: with its column `model`, if any."""
    if not _is_parquet(path):
        raise UserError(
            f"{path.name} is no Parquet file; write it as one, with the columns uuid and {column or 'tags'}."
        )
    schema = _readable(path, parquet_file.schema(path))
    id_fields = [name for name in IDS if name in schema.names]
    if not id_fields:
        raise UserError(f"{path.name} has no column uuid; its columns are {_names(schema.names)}.")
    if column is None:
        column = _list_column(path, schema)
    if column not in schema.names:
        raise UserError(f"{path.name} has no column {column!r}; choose one of {_names(schema.names)}.")
    has_models = of_answers and column != MODEL and MODEL in schema.names
    if has_models and pa.types.is_nested(schema.field(MODEL).type):
        raise UserError(f"Column {MODEL!r} of {path.name} holds {schema.field(MODEL).type}, not names of models.")
    wanted = list(dict.fromkeys([*id_fields, column, *([MODEL] if has_models else [])]))
    found = [_readable(path, batch) for _, batch in parquet_file.batches(path, 0, BATCH_ROWS, wanted)]
    table = pa.Table.from_batches(found) if found else pa.schema(map(schema.field, wanted)).empty_table()
    reasons, uuids = dict[int, str](), list[str | None]()
    for row, fields in enumerate(table.select(id_fields).to_pylist()):
        try:
            uuids.append(_id(decoded(fields)))
        except NotTaken as reason:
            uuids.append(None)
            reasons[row] = str(reason)
    lines = pa.array(np.arange(1, len(uuids) + 1))
    models = table[MODEL].cast(pa.string()).combine_chunks() if has_models else None
    values = Values(lines, pa.array(uuids, pa.string()), table[column].combine_chunks(), models=models)
    return values.keep(~np.isin(np.arange(len(uuids)), list(reasons)), reasons.__getitem__)


def _id(fields: dict[str, Any]) -> str | None:
    """The row's id, as an importer reads it; None where there is none."""
    ids = (id_text(fields.get(name), name) for name in IDS)
    return next((found for found in ids if found is not None), None)


def _readable(path: Path, found: Any) -> Any:
    """What was read of the file; UserError where that is a Trouble."""
    if isinstance(found, Trouble):
        raise UserError(f"{path.name} cannot be read ({found.reason}).")
    return found


def read_numbers(path: Path, column: str) -> Values:
    """A column of numbers from Parquet, JSON lines or CSV, as float64; what is no finite number is refused.

    Where there is a column `model`, they belong to that model's answers.
    """
    if _is_parquet(path):
        found = read_parquet(path, column, of_answers=True)
        kind = found.values.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise UserError(f"Column {column!r} of {path.name} holds {kind}, not numbers; choose another --column.")
        found.values = found.values.cast(pa.float64())
    else:
        found = _from_rows(path, column)
    numbers = found.values.to_numpy(zero_copy_only=False)
    null = found.values.is_null().to_numpy(zero_copy_only=False)
    return found.keep(np.isfinite(numbers) | null, lambda row: f"{column} is not a finite number ({numbers[row]})")


def _from_rows(path: Path, column: str) -> Values:
    """Row by row from a text file."""
    lines, uuids, models, values, refused, seen = [], [], list[Any](), [], Refused(), dict[str, None]()
    try:
        for row in rows(path):
            if isinstance(row.fields, str):
                if row.line is None:
                    raise UserError(f"{path.name} cannot be read ({row.fields}).")
                refused.append((row.line, row.fields))
                continue
            seen |= dict.fromkeys(row.fields)
            try:
                uuid, value = _id(row.fields), _number(row.fields.get(column))
            except NotTaken as reason:
                refused.append((row.line, str(reason)))
                continue
            except ValueError:
                refused.append((row.line, f"{column} is not a number ({str(row.fields[column])[:40]!r})"))
                continue
            lines.append(row.line)
            uuids.append(uuid)
            models.append(row.fields.get(MODEL))
            values.append(value)
    except OSError as error:
        raise _unreadable(path, error) from None
    if column not in seen:
        raise UserError(f"{path.name} has no column {column!r}; choose one of {_names(list(seen))}.")
    found = Values(pa.array(lines, pa.int64()), pa.array(uuids, pa.string()), pa.array(values, pa.float64()), refused)
    if MODEL in seen and column != MODEL:
        found.models = pa.array([model if isinstance(model, str) and model else None for model in models], pa.string())
    return found


def _number(value: Any) -> float | None:
    """A number as it stands in JSON, or as text in a CSV file; ValueError for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    try:
        return float(value.replace("_", "?") if isinstance(value, str) else value)
    except OverflowError:
        return float("inf")


def read_embeddings(path: Path, ids: Path) -> Values:
    """A .npy matrix (n, dim) of floats and a text file with the n ids, a line each. `values` are float32 lists."""
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        uuids = _ids(ids)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path} or {ids} cannot be read ({str(error).splitlines()[0][:120]}).") from None
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or not matrix.shape[1] or matrix.dtype.kind != "f":
        shape = getattr(matrix, "shape", "several arrays")
        raise UserError(f"{path.name} holds {shape} of {getattr(matrix, 'dtype', '?')}; save a float matrix (n, dim).")
    if len(uuids) != len(matrix):
        raise UserError(
            f"{path.name} has {len(matrix):,} rows and {ids.name} {len(uuids):,} ids; they must be as many."
        )
    with np.errstate(over="ignore"):
        vectors = np.asarray(matrix, dtype=np.float32)
    offsets = np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int64)
    values = pa.LargeListArray.from_arrays(offsets, vectors.ravel())
    found = Values(pa.array(np.arange(1, len(uuids) + 1)), pa.array(uuids, pa.string()), values)
    return found.keep(np.asarray(np.isfinite(vectors).all(axis=1)), lambda row: "the vector is not finite")


def _ids(path: Path) -> list[str]:
    """An id a line. Lines end with newlines alone, for an id may hold any other character."""
    text = path.read_text(encoding="utf-8-sig")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _list_column(path: Path, schema: pa.Schema) -> str:
    found = [f.name for f in schema if pa.types.is_list(f.type) or pa.types.is_large_list(f.type)]
    if len(found) != 1 and "tags" not in found:
        raise UserError(
            f"{path.name} must have one column with a list of tags; its columns are {_names(schema.names)}."
        )
    return "tags" if "tags" in found else found[0]


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise _unreadable(path, error) from None


def _names(names: list[str]) -> str:
    return ", ".join(name[:40] for name in names[:12]) or "none"


def _unreadable(path: Path, error: Exception) -> UserError:
    reason = getattr(error, "strerror", None) or (str(error).splitlines() or ["?"])[0][:120]
    return UserError(f"{path} cannot be read ({reason}); check the path and the file.")
