"""UltraFeedback: an instruction a row, four completions with ratings (openbmb/UltraFeedback; JSONL, JSON or Parquet).

Each aspect becomes a reward model of its own (`ultrafeedback/helpfulness` …), beside `ultrafeedback/overall_score` and
`ultrafeedback/fine-grained_score` where they are there. Copies of the data made before December 2023 hold an
overall_score of 10 for some answers that were rated 1; nothing in a row tells these apart, so they are read as they
stand: with such a copy, prefer an aspect or the fine-grained score.
"""

from collections.abc import Iterator
from typing import Any

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
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import Chunk, Record

OVERALL = ("overall_score", "fine-grained_score")


def recognises(fields: dict[str, Any]) -> bool:
    """A row with an instruction and its completions."""
    return "instruction" in fields and isinstance(fields.get("completions"), list)


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """Principle, system prompt, critique and the rationales of the ratings are kept as extra."""
    return read_rows(source, start, chunk_records, records)


def records(fields: dict[str, Any], line: int) -> Iterator[Record | str]:
    """A record a completion; a row without completions adds its instruction alone."""
    try:
        instruction = instruction_of(fields)
        uuid, id_field = uuid_of(fields, instruction)
        completions = fields.get("completions")
        if completions is not None and not isinstance(completions, list):
            raise Refused(f"completions is {shown(completions)}, not a list")
    except Refused as refused:
        yield str(refused)
        return
    extra = rest_of_row(fields, {"instruction", "completions", id_field or "", *_named(fields, completions or [])})
    if not completions:
        yield Record(line, uuid, instruction, source=source_of(fields), instruction_extra=extra)
        return
    seen = set[str]()
    for number, completion in enumerate(completions, 1):
        try:
            if not isinstance(completion, dict):
                raise Refused(f"it is {shown(completion)}, not an object")
            model = name_of(completion.get("model"), "model")
            if model in seen:
                raise Refused(f"model {model[:80]} has answered this instruction already")
            seen.add(model)
            response = text_of(completion.get("response"), "response")
            scores = _scores(completion)
            rest = rest_of(completion | {"annotations": _unread(completion)}, {"model", "response", *OVERALL})
        except Refused as refused:
            yield f"completion {number}: {refused}"
            continue
        yield Record(line, uuid, instruction, model, response, scores, source_of(fields), extra, rest)


def _named(fields: dict[str, Any], completions: list[Any]) -> set[str]:
    """The field `models`, where it says nothing but who has completed."""
    completed = [completion.get("model") for completion in completions if isinstance(completion, dict)]
    models = fields.get("models")
    return {"models"} if isinstance(models, list) and all(model in completed for model in models) else set()


def _unread(completion: dict[str, Any]) -> dict[str, Any] | None:
    """What the annotations say beside their ratings; None where that is nothing."""
    rest = {aspect: rest_of(said or {}, {"Rating"}) for aspect, said in (completion.get("annotations") or {}).items()}
    return {aspect: said for aspect, said in rest.items() if said} or None


def _scores(completion: dict[str, Any]) -> dict[str, float | None]:
    annotations = completion.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise Refused(f"annotations is {shown(annotations)}, not an object")
    scores = {}
    for aspect, annotation in annotations.items():
        name = name_of(f"ultrafeedback/{aspect}", "an aspect's name")
        if annotation is not None and not isinstance(annotation, dict):
            raise Refused(f"{name} is {shown(annotation)}, not an object")
        scores[name] = _rating((annotation or {}).get("Rating"), name)
    for field in OVERALL:
        if field in completion:
            scores[f"ultrafeedback/{field}"] = _rating(completion[field], f"ultrafeedback/{field}")
    return scores


def _rating(value: Any, name: str) -> float | None:
    """Ratings are texts ("4"), and "N/A" where the judge gave none."""
    if isinstance(value, str):
        if value.strip().upper() in ("N/A", ""):
            return None
        try:
            value = float(value.replace("_", "?"))
        except ValueError:
            raise Refused(f"score {name} is {shown(value)}, not a rating") from None
    return score_of(value, name)
