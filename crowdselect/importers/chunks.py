"""Records and refusals, gathered into the chunks that ingest commits one at a time."""

import base64
import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from crowdselect.importers.rows import Row, rows
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import RECORDS, SCORES, Chunk, Record, Reject
from crowdselect.text import count_words

CHUNK_CHARACTERS = 64 << 20  # a chunk is closed early when its texts are this long together

Outcome = Record | Reject


def read_rows(
    source: Source, start: int, chunk_records: int, records: Callable[[dict[str, Any], int], Iterable[Record | str]]
) -> Iterator[Chunk]:
    """Reads a file row by row: `records(fields, line)` gives each record of a row, or the reason why it is refused."""

    def outcomes() -> Iterator[tuple[int, list[Outcome]]]:
        for row in rows(source.path, start):
            yield row.position, list(_outcomes(source.label, row, records))

    return gather(outcomes(), source.label, chunk_records)


def _outcomes(
    label: str, row: Row, records: Callable[[dict[str, Any], int], Iterable[Record | str]]
) -> Iterator[Outcome]:
    if isinstance(row.fields, str):
        yield Reject(label, row.line, row.fields)
        return
    for made in records(row.fields, row.line or 0):
        yield Reject(label, row.line, made) if isinstance(made, str) else made


def gather(outcomes: Iterable[tuple[int, list[Outcome]]], label: str, chunk_records: int) -> Iterator[Chunk]:
    """Chunks of about `chunk_records` records out of (position, outcomes of that row), in order."""
    batch: list[Outcome] = []
    characters, position = 0, 0
    for position, made in outcomes:
        batch += made
        characters += sum(len(one.instruction) + len(one.response or "") for one in made if isinstance(one, Record))
        if len(batch) >= chunk_records or characters >= CHUNK_CHARACTERS:
            yield chunk(batch, label, position)
            batch, characters = [], 0
    if batch:
        yield chunk(batch, label, position)


def chunk(outcomes: list[Outcome], label: str, position: int) -> Chunk:
    """One chunk. A record whose unknown fields cannot be written as JSON is refused here."""
    kept: list[tuple[Record, str | None, str | None]] = []
    rejects: list[Reject] = []
    for one in outcomes:
        if isinstance(one, Reject):
            rejects.append(one)
            continue
        try:
            kept.append((one, json_text(one.instruction_extra), json_text(one.response_extra)))
        except (ValueError, TypeError, RecursionError) as error:
            rejects.append(Reject(label, one.line, f"an unknown field cannot be kept as JSON ({str(error)[:80]})"))
    instructions = pa.array([record.instruction for record, _, _ in kept], pa.large_string())
    responses = pa.array([record.response for record, _, _ in kept], pa.large_string())
    scores = [
        (row, name, score)
        for row, (record, _, _) in enumerate(kept)
        for name, score in record.scores.items()
        if score is not None
    ]
    return Chunk(
        records=pa.table(
            [
                pa.array([record.line for record, _, _ in kept], pa.int64()),
                pa.array([record.uuid for record, _, _ in kept], pa.large_string()),
                instructions,
                count_words(instructions),
                pa.array([extra for _, extra, _ in kept], pa.large_string()),
                pa.array([record.source for record, _, _ in kept], pa.large_string()),
                pa.array([record.model for record, _, _ in kept], pa.large_string()),
                responses,
                count_words(responses),
                pa.array([extra for _, _, extra in kept], pa.large_string()),
            ],
            schema=RECORDS,
        ),
        scores=pa.table(
            [pa.array([score[column] for score in scores], SCORES.field(column).type) for column in range(3)],
            schema=SCORES,
        ),
        rejects=rejects,
        read=len(kept) + len(rejects),
        position=position,
    )


def json_text(extra: dict[str, Any] | None) -> str | None:
    """Unknown fields as a JSON object; null for none. ValueError or TypeError where they cannot be written.

    JSON has no word for some numbers: NaN becomes null, and Infinity the text that stood for it.
    """
    if not extra:
        return None
    try:
        return json.dumps(extra, ensure_ascii=False, allow_nan=False, default=_text)
    except ValueError:
        return json.dumps(_finite(extra), ensure_ascii=False, allow_nan=False, default=_text)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else shown(value)
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    """A value that JSON does not know: dates, decimals and ids by their text, bytes in base 64."""
    return f"base64:{base64.b64encode(value).decode()}" if isinstance(value, bytes) else str(value)
