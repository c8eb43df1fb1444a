"""distilabel: generations with their models and ratings, or the chosen/rejected pair made of them."""

from collections.abc import Iterator
from typing import Any

from crowdselect.importers.chunks import read_rows
from crowdselect.importers.fields import (
    Refused,
    instruction_of,
    name_of,
    rest_of_row,
    score_of,
    source_of,
    text_of,
    uuid_of,
)
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import Chunk, Record

RATING = "distilabel/rating"
MODELS = ("generation_models", "model_names")  # the second is what GroupColumns of distilabel 1.x calls it
PAIR = ("chosen", "rejected")
PAIR_FIELDS = {f"{side}{suffix}" for side in PAIR for suffix in ("", "_model", "_rating")}

Answer = tuple[Any, Any, Any, dict[str, Any] | None]  # model, response, rating, none checked yet; what else it said


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
        if "generations" in fields:
            lists = (
                "generations",
                next((name for name in MODELS if fields.get(name) is not None), MODELS[0]),
                "ratings",
            )
            answers, used = _parallel(fields, lists), set(lists)
        else:
            answers, used = _pair(fields, instruction), PAIR_FIELDS
    except Refused as refused:
        yield str(refused)
        return
    extra = rest_of_row(fields, {prompt, *used, id_field or ""})
    seen = set[str]()
    absent = 0
    for number, (model, response, rating, rest) in enumerate(answers, 1):
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
        yield Record(line, uuid, instruction, name, answer, scores, source_of(fields), extra, rest)
    if absent == len(answers):
        yield Record(line, uuid, instruction, source=source_of(fields), instruction_extra=extra)


def _parallel(fields: dict[str, Any], names: tuple[str, str, str]) -> list[Answer]:
    generations, models, ratings = (fields.get(name) for name in names)
    for name, value in zip(names, (generations, models, ratings), strict=True):
        if value is not None and not isinstance(value, list):
            raise Refused(f"{name} is {shown(value)}, not a list")
    generations = generations or []
    if models is None and any(each is not None for each in generations):
        raise Refused(f"generations, but no {MODELS[0]} that name their models")
    models = models if models is not None else [None] * len(generations)
    ratings = ratings if ratings is not None else [None] * len(generations)
    if not len(generations) == len(models) == len(ratings):
        raise Refused(f"{len(generations)} generations, {len(models)} {names[1]} and {len(ratings)} ratings")
    return [(*each, None) for each in zip(models, generations, ratings, strict=True)]


def _pair(fields: dict[str, Any], instruction: str) -> list[Answer]:
    return [
        (
            fields.get(f"{side}_model"),
            _said(fields.get(side)),
            fields.get(f"{side}_rating"),
            _turns(fields, side, instruction),
        )
        for side in PAIR
    ]


def _said(value: Any) -> Any:
    """The answer of a conversation (the last message, which must be the assistant's), or the text itself."""
    if not isinstance(value, list):
        return value
    last = value[-1] if value and isinstance(value[-1], dict) else {}
    return last.get("content") if last.get("role") == "assistant" else value


def _turns(fields: dict[str, Any], side: str, instruction: str) -> dict[str, Any] | None:
    """The whole conversation where it says more than prompt and answer: a system turn, earlier turns, a name."""
    value = fields.get(side)
    if not isinstance(value, list):
        return None
    turns = [turn if isinstance(turn, dict) else {} for turn in value]
    asked = {"role": "user", "content": instruction}
    plain = turns[:-1] in ([], [asked]) and turns[-1:] and turns[-1].keys() == asked.keys()
    return None if plain else {side: value}
