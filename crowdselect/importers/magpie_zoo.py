"""The Magpie-100K-Generator-Zoo layout: an instruction a row, a struct {content, <reward model>} a model.

Parquet is read by columns (`zoo_parquet`); JSON lines of the same layout are read here, row by row.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from crowdselect.importers import zoo_parquet
from crowdselect.importers.chunks import read_rows
from crowdselect.importers.fields import (
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
from crowdselect.importers.rows import container, rows
from crowdselect.importers.source import Source
from crowdselect.records import Chunk, Record

CONTENT = "content"
SAMPLE_ROWS = 200


def recognises(fields: dict[str, Any]) -> bool:
    """An instruction, at least one {content, …}, and none of the long form's own fields."""
    return (
        "instruction" in fields
        and not fields.keys() & {"model", "response", "scores"}
        and any(_is_answer(value) for value in fields.values())
    )


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """Reward models are the fields beside `content` that hold numbers; others are kept as extra."""
    if container(source.path) == "parquet":
        return zoo_parquet.read(source, start, chunk_records)
    return read_rows(source, start, chunk_records, partial(records, reward_models=_score_fields(source)))


def records(fields: dict[str, Any], line: int, *, reward_models: set[str]) -> Iterator[Record | str]:
    """A record a model that answered; a row that nobody answered adds its instruction alone."""
    try:
        instruction = instruction_of(fields)
        uuid, id_field = uuid_of(fields, instruction)
    except Refused as refused:
        yield str(refused)
        return
    answers = {name: value for name, value in fields.items() if _is_answer(value)}
    extra = rest_of_row(fields, {"instruction", id_field or "", *answers})
    alone = True
    for model, answer in answers.items():
        try:
            scores = _scores(answer, reward_models)
            rest = rest_of(answer, {CONTENT, *scores})
            scored = any(score is not None for score in scores.values())
            if answer[CONTENT] is None and not scored and not rest:
                continue
            alone = False
            if answer[CONTENT] is None:
                raise Refused(f"{'score' if scored else next(iter(rest or ()))} without a response")
            content, name = text_of(answer[CONTENT], CONTENT), name_of(model, "model")
        except Refused as refused:
            alone = False
            yield f"{model[:80]}: {refused}"
            continue
        yield Record(line, uuid, instruction, name, content, scores, source_of(fields), extra, rest)
    if alone:
        yield Record(line, uuid, instruction, source=source_of(fields), instruction_extra=extra)


def _scores(answer: dict[str, Any], reward_models: set[str]) -> dict[str, float | None]:
    """Numbers are scores wherever they stand; anything else is a bad score where others have numbers."""
    return {
        name_of(name, "a reward model's name"): score_of(value, name)
        for name, value in answer.items()
        if name != CONTENT and (name in reward_models or _is_number(value))
    }


def _score_fields(source: Source) -> set[str]:
    """The fields beside `content` that hold a number for at least one model in the first rows."""
    return {
        name
        for row in islice(rows(source.path), SAMPLE_ROWS)
        for answer in (row.fields.values() if isinstance(row.fields, dict) else ())
        if _is_answer(answer)
        for name, value in answer.items()
        if name != CONTENT and _is_number(value)
    }


def _is_answer(value: Any) -> bool:
    return isinstance(value, dict) and CONTENT in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
