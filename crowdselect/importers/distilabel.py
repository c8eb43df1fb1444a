"""distilabel: generations with their models and ratings, or the chosen/rejected pair made of them."""

from collections.abc import Iterator
from typing import Any

from crowdselect.importers.chunks import read_rows
from crowdselect.importers.fields import (
    Refused,
    instruction_of,
    name_of,
    rest_of,
    score_of,
    source_of,
    text_of,
    uuid_of,
)
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import Chunk, Record

RATING = "distilabel/rating"
LISTS = ("generations", "generation_models", "ratings")
PAIR = ("chosen", "rejected")
PAIR_FIELDS = {f"{side}{suffix}" for side in PAIR for suffix in ("", "_model", "_rating")}

Answer = tuple[Any, Any, Any]  # model, response, rating, none of them checked yet


def recognises(fields: dict[str, Any]) -> bool:
    """Parallel lists of generations and their models, or a prompt with a pair whose models are named."""
    return {"instruction", "generations"} <= fields.keys() or {
        "prompt",
        "chosen_model",
        "rejected_model",
    } <= fields.keys()


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """The rating is the score of the reward model `distilabel/rating`; other columns are kept as extra."""
    return read_rows(source, start, chunk_records, records)


def records(fields: dict[str, Any], line: int) -> Iterator[Record | str]:
    """A record a generation that is there (not null); a row without any adds its instruction alone."""
    try:
        prompt = "prompt" if "instruction" not in fields else "instruction"
        instruction = instruction_of(fields, prompt)
        uuid, id_field = uuid_of(fields, instruction)
        answers = _pair(fields) if "generations" not in fields else _parallel(fields)
    except Refused as refused:
        yield str(refused)
        return
    extra = rest_of(fields, {prompt, *LISTS, *PAIR_FIELDS, id_field or ""})
    seen = set[str]()
    absent = 0
    for number, (model, response, rating) in enumerate(answers, 1):
        if response is None and rating is None:
            absent += 1
            continue
        try:
            name = name_of(model, "model")
            if response is None:
                raise Refused(f"model {name[:80]} has a rating, but no response")
            if name in seen:
                raise Refused(f"model {name[:80]} has answered this instruction already")
            seen.add(name)
            scores = {RATING: score_of(rating, RATING)}
            answer = text_of(response, "response")
        except Refused as refused:
            yield f"generation {number}: {refused}"
            continue
        yield Record(line, uuid, instruction, name, answer, scores, source_of(fields), extra)
    if absent == len(answers):
        yield Record(line, uuid, instruction, source=source_of(fields), instruction_extra=extra)


def _parallel(fields: dict[str, Any]) -> list[Answer]:
    generations, models, ratings = (fields.get(name) for name in LISTS)
    for name, value in zip(LISTS, (generations, models, ratings), strict=True):
        if value is not None and not isinstance(value, list):
            raise Refused(f"{name} is {shown(value)}, not a list")
    generations = generations or []
    models = models if models is not None else [None] * len(generations)
    ratings = ratings if ratings is not None else [None] * len(generations)
    if not len(generations) == len(models) == len(ratings):
        raise Refused(f"{len(generations)} generations, {len(models)} generation_models and {len(ratings)} ratings")
    return list(zip(models, generations, ratings, strict=True))


def _pair(fields: dict[str, Any]) -> list[Answer]:
    return [(fields.get(f"{side}_model"), _said(fields.get(side)), fields.get(f"{side}_rating")) for side in PAIR]


def _said(value: Any) -> Any:
    """The answer of a conversation (the last message, which must be the assistant's), or the text itself."""
    if not isinstance(value, list):
        return value
    last = value[-1] if value and isinstance(value[-1], dict) else {}
    return last.get("content") if last.get("role") == "assistant" else value
