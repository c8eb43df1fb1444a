"""AlpacaEval: a folder a model, its answers in model_outputs.json, an annotator's scores in ANNOTATOR/annotations.json.

The score is the annotator's preference, from 1 (the baseline's answer is better) to 2 (the model's is); 1.5 and the
older 0 are a draw. The reward model is named after the annotator's folder, the model after its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowdselect.importers.chunks import Outcome, gather
from crowdselect.importers.fields import Refused, derived_uuid, instruction_of, name_of, rest_of, score_of, text_of
from crowdselect.importers.labels import label
from crowdselect.importers.rows import rows
from crowdselect.importers.source import Source
from crowdselect.importers.strict_json import shown
from crowdselect.records import Chunk, Record, Reject

OUTPUTS, ANNOTATIONS = "model_outputs.json", "annotations.json"
ANSWER = {"instruction", "output", "generator"}  # what is read of an answer, beside its dataset
ANNOTATION = {"instruction", "generator_2", "output_2", "preference", "annotator", "dataset"}

Fields = dict[str, Any]


def recognises(fields: Fields) -> bool:
    """An answer with its generator, or a pair with a preference."""
    return any(
        needed <= fields.keys()
        for needed in ({"instruction", "output", "generator"}, {"instruction", "output_2", "preference"})
    )


def results(folder: Path) -> list[Source]:
    """The models of a results folder, or the one whose folder this is; none where it is neither."""
    if own := _model(folder):
        return [own]
    return [model for path in sorted(folder.iterdir()) if path.is_dir() and (model := _model(path))]


def _model(folder: Path) -> Source | None:
    files = [path for path in (folder / OUTPUTS, *sorted(folder.glob(f"*/{ANNOTATIONS}"))) if path.is_file()]
    if not files:
        return None
    labels = tuple(_label(path, folder) for path in files)
    return Source(files[0], labels[0], "alpacaeval", tuple(files), labels)


def _label(path: Path, folder: Path) -> str:
    return label(f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}")


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """A model's answers with all their scores. One model is held at a time; a position counts records and rejects."""
    outcomes = _folder(source) if source.parts else _lone(source)
    left = ((position, [one]) for position, one in enumerate(outcomes, 1) if position > start)
    return gather(left, source.label, chunk_records)


def _folder(source: Source) -> Iterator[Outcome]:
    """Answers in the order of model_outputs.json, then those that only annotators have."""
    outputs = [path for path in source.parts if path.name == OUTPUTS]
    folder = outputs[0].parent if outputs else source.path.parent.parent
    model = label(folder.resolve().name)
    judged: dict[str, dict[str, tuple[int, Fields]]] = {}  # annotator -> instruction -> line, fields
    for path in source.parts:
        if path not in outputs:
            own = judged.setdefault(label(path.parent.name), {})
            yield from _annotations(path, _label(path, folder), own)
    for path in outputs:
        for row in rows(path):
            if isinstance(row.fields, str):
                yield Reject(_label(path, folder), row.line, row.fields)
                continue
            instruction = str(row.fields.get("instruction"))
            found = {name: of[instruction][1] for name, of in judged.items() if instruction in of}
            yield _outcome(_label(path, folder), row.line or 0, model, row.fields, found)
            for annotations in judged.values():
                annotations.pop(instruction, None)
    for first, own in judged.items():
        for instruction, (line, fields) in own.items():
            found = {name: of[instruction][1] for name, of in judged.items() if instruction in of}
            answer = {"instruction": instruction, "output": fields.get("output_2"), "generator": model}
            answer["dataset"] = fields.get("dataset")
            if first == next(iter(found)):
                yield _outcome(f"{model}/{first}/{ANNOTATIONS}", line, model, answer, found)


def _annotations(path: Path, file: str, found: dict[str, tuple[int, Fields]]) -> Iterator[Reject]:
    """Fills `found`; yields what cannot belong to any answer."""
    for row in rows(path):
        if isinstance(row.fields, str):
            yield Reject(file, row.line, row.fields)
            continue
        try:
            instruction = instruction_of(row.fields)
            if instruction in found:
                raise Refused(f"repeats item {found[instruction][0]}")
            found[instruction] = (row.line or 0, row.fields)
        except Refused as refused:
            yield Reject(file, row.line, str(refused))


def _lone(source: Source) -> Iterator[Outcome]:
    """A file by itself names the model in its rows."""
    for row in rows(source.path):
        if isinstance(row.fields, str):
            yield Reject(source.label, row.line, row.fields)
        elif "preference" in row.fields:
            answer = {"output": row.fields.get("output_2"), "generator": row.fields.get("generator_2")}
            answer |= {name: row.fields.get(name) for name in ("instruction", "dataset")}
            annotator = row.fields.get("annotator") or label(source.path.resolve().parent.name)
            yield _outcome(source.label, row.line or 0, answer["generator"], answer, {annotator: row.fields})
        else:
            yield _outcome(source.label, row.line or 0, row.fields.get("generator"), row.fields, {})


def _outcome(file: str, line: int, model: Any, answer: Fields, annotations: dict[str, Fields]) -> Outcome:
    """The record of one answer; a bad annotation of it refuses it whole."""
    try:
        instruction = instruction_of(answer)
        name, response = name_of(model, "generator"), text_of(answer.get("output"), "output")
        scores = {
            name_of(annotator, "annotator"): _preference(
                annotator, annotation, {name, answer.get("generator")}, response
            )
            for annotator, annotation in annotations.items()
        }
    except Refused as refused:
        return Reject(file, line, str(refused))
    dataset = answer.get("dataset") if isinstance(answer.get("dataset"), str) else None
    rest = rest_of(answer, ANSWER - ({"generator"} if answer.get("generator") != name else set())) or {}
    rest = {field: value for field, value in rest.items() if (field, value) != ("dataset", dataset)}
    for annotator, annotation in annotations.items():
        known = ANNOTATION - {
            field for field, used in (("annotator", annotator), ("dataset", dataset)) if annotation.get(field) != used
        }
        rest |= {f"{annotator}/{field}": value for field, value in (rest_of(annotation, known) or {}).items()}
    uuid = derived_uuid(instruction, answer)
    return Record(line, uuid, instruction, name, response, scores, dataset or None, response_extra=rest or None)


def _preference(annotator: str, annotation: Fields, names: set[Any], response: str) -> float | None:
    """The score, once it is sure that it is this model's and this answer's."""
    judged = annotation.get("generator_2")
    if not isinstance(judged, str) or judged not in names:
        raise Refused(f"{annotator[:80]}: generator_2 is {shown(judged)}, which is not this model")
    if annotation.get("output_2") != response:
        raise Refused(f"{annotator[:80]}: output_2 is not the answer in {OUTPUTS}")
    score = score_of(annotation.get("preference"), annotator)
    if score is not None and score != 0 and not 1 <= score <= 2:
        raise Refused(f"score {annotator[:80]} is {score:g}; a preference lies between 1 and 2")
    return 1.5 if score == 0 else score
