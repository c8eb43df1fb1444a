"""The rows of a file as dictionaries, whatever contains them: JSON by lines or otherwise, CSV or Parquet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.importers import csv_rows, json_values, parquet_file
from crowdselect.importers.container import bare, container
from crowdselect.importers.lines import Trouble, lines
from crowdselect.importers.plain import holds_binary
from crowdselect.importers.strict_json import parse


@dataclass(frozen=True, slots=True)
class Row:
    """A row's fields, or the reason why it has none; `line` (1-based) is None where the whole file is meant.

    `position` is where reading goes on after it: the lines, list items or parquet rows consumed so far.
    """

    line: int | None
    position: int
    fields: dict[str, Any] | str


def rows(path: Path, start: int = 0) -> Iterator[Row]:
    """The rows after position `start`. Blank lines and a list's brackets are passed over; other lines are rows."""
    for row in READERS[container(path)](path, start):
        if row.position > start:
            yield row


def _jsonl(path: Path, start: int) -> Iterator[Row]:
    for count, line in lines(path):
        if isinstance(line, Trouble):
            yield Row(None if line.whole else count, count, line.reason)
        elif count > start and (text := bare(line)):
            try:
                yield Row(count, count, parse(text))
            except ValueError as error:
                yield Row(count, count, str(error))


def _json(path: Path, start: int) -> Iterator[Row]:
    for item, value in json_values.items(path):
        if isinstance(value, Trouble):
            yield Row(None if value.whole else item, item, value.reason)
        else:
            yield Row(item, item, value)


def _csv(path: Path, start: int) -> Iterator[Row]:
    for line, last, value in csv_rows.read(path):
        if isinstance(value, Trouble):
            yield Row(None if value.whole else line, last, value.reason)
        else:
            yield Row(line, last, value)


def _parquet(path: Path, start: int) -> Iterator[Row]:
    for first, batch in parquet_file.batches(path, start, 500):
        if isinstance(batch, Trouble):
            yield Row(None if batch.whole else first + 1, first + 1, batch.reason)
            return
        binary = any(holds_binary(field.type) for field in batch.schema)
        for number, fields in enumerate(_values(batch), first + 1):
            yield Row(number, number, decoded(fields) if binary else fields)


def _values(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    """The rows of a batch, or why one cannot be decoded."""
    try:
        yield from batch.to_pylist(maps_as_pydicts="strict")
    except UNDECODABLE as error:
        if batch.num_rows == 1:
            yield f"cannot be decoded ({str(error)[:80]})"
            return
        for row in range(batch.num_rows):
            yield from _values(batch.slice(row, 1))


UNDECODABLE = (pa.ArrowException, ValueError, OverflowError, KeyError, TypeError)


def decoded(value: Any) -> Any:
    """Bytes that are UTF-8 are texts: not every writer says so of its columns."""
    match value:
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return value
        case list():
            return [decoded(each) for each in value]
        case dict():
            return {decoded(name): decoded(each) for name, each in value.items()}
    return value


READERS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
}
