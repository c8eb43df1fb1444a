"""The rows of a file as dictionaries, whatever contains them: JSON lines, a JSON list, CSV or Parquet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.importers import csv_rows, json_list, parquet_file
from crowdselect.importers.lines import Trouble, blocks, lines
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
    """The rows after position `start`. Blank lines are passed over; every other line is a row."""
    for row in READERS[container(path)](path, start):
        if row.position > start:
            yield row


def container(path: Path) -> str:
    """How the file holds its rows, by its first bytes, then by its name: parquet | jsonl | json | csv."""
    head = next(blocks(path), b"")
    if isinstance(head, Trouble):
        return "jsonl"  # whose reader says what is wrong
    if head.startswith(b"PAR1"):
        return "parquet"
    named = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if named in ("jsonl", "ndjson", "csv"):
        return "csv" if named == "csv" else "jsonl"
    match head.lstrip()[:1]:
        case b"[":
            return "json"
        case b"{" | b"":
            return "jsonl"
    return "csv" if b"instruction" in head.partition(b"\n")[0] else "jsonl"


def _jsonl(path: Path, start: int) -> Iterator[Row]:
    for count, line in lines(path):
        if isinstance(line, Trouble):
            yield Row(None if line.whole else count, count, line.reason)
        elif count > start and line.strip():
            try:
                yield Row(count, count, parse(line))
            except ValueError as error:
                yield Row(count, count, str(error))


def _json(path: Path, start: int) -> Iterator[Row]:
    for item, value in json_list.items(path):
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
        for index in range(batch.num_rows):
            number = first + index + 1
            try:
                yield Row(number, number, batch.slice(index, 1).to_pylist()[0])
            except (pa.ArrowException, ValueError) as error:
                yield Row(number, number, f"cannot be decoded ({str(error)[:80]})")


READERS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
}
