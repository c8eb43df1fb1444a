"""Our own long form: a line a response (JSONL, CSV, either gzipped; Parquet with the same columns)."""

from collections.abc import Iterator
from typing import Any

from crowdselect.importers.chunks import read_rows
from crowdselect.importers.fields import (
    PROMPT_FIELDS,
    Refused,
    instruction_of,
    name_of,
    rest_of,
    rest_of_row,
    score_of,
    source_of,
    text_of,
    uuid_of,
)
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import Chunk, Record


def recognises(fields: dict[str, Any]) -> bool:
    """An instruction is all it needs, so it is asked last."""
    return "instruction" in fields


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """Fields: uuid, instruction_id or id; instruction; model; response; scores; source. Others are kept as extra."""
    return read_rows(source, start, chunk_records, records)


def records(fields: dict[str, Any], line: int) -> list[Record | str]:
    """The one record of a line. Without model and response it adds the instruction alone."""
    try:
        return [_record(fields, line)]
    except Refused as refused:
        return [str(refused)]


def _record(fields: dict[str, Any], line: int) -> Record:
    instruction = instruction_of(fields)
    uuid, id_field = uuid_of(fields, instruction)
    scores = _scores(fields.get("scores"))
    extra = rest_of_row(fields, {"instruction", "model", "response", "scores", id_field or ""})
    prompt = {name: extra[name] for name in PROMPT_FIELDS if extra and name in extra} or None
    model, response, source = fields.get("model"), fields.get("response"), source_of(fields)
    if model is None and response is None:
        if any(score is not None for score in scores.values()):
            raise Refused("scores, but neither model nor response")
        return Record(line, uuid, instruction, source=source, instruction_extra=extra)
    if model is None:
        raise Refused("a response, but no model")
    name = name_of(model, "model")
    if response is None:
        raise Refused(f"model {name[:80]}, but no response")
    rest = rest_of(extra or {}, set(prompt or ()))
    return Record(line, uuid, instruction, name, text_of(response, "response"), scores, source, prompt, rest)


def _scores(value: Any) -> dict[str, float | None]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"scores is {shown(value)}, not an object of reward model: number")
    return {name_of(name, "a reward model's name"): score_of(score, name) for name, score in value.items()}
