"""The Generator-Zoo layout in Parquet, by columns: no Python runs for a row unless something is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from crowdselect.importers import parquet_file
from crowdselect.importers.chunks import json_text
from crowdselect.importers.columns import fields_of, texts, valid
from crowdselect.importers.fields import NAME_LIMIT, Refused, name_of, rest_of, score_of
from crowdselect.importers.lines import Trouble
from crowdselect.importers.rows import decoded
from crowdselect.importers.source import Source
from crowdselect.importers.zoo_heads import Heads
from crowdselect.importers.zoo_layout import CONTENT, Layout, is_number
from crowdselect.records import RECORDS, SCORES, Chunk, Reject
from crowdselect.text import count_words


def read(source: Source, start: int, chunk_records: int) -> Iterator[Chunk]:
    """Chunks of about `chunk_records` records; rows keep their order, and a row's models that of the columns."""
    schema = parquet_file.schema(source.path)
    if isinstance(schema, Trouble):
        if not start:
            yield refusal(source.label, None, schema.reason, 1)
        return
    layout = Layout.of(schema)
    size = max(1, chunk_records // max(1, len(layout.models)))
    for first, batch in parquet_file.batches(source.path, start, size):
        if isinstance(batch, Trouble):
            yield refusal(source.label, None if batch.whole else first + 1, batch.reason, first + 1)
        else:
            yield _chunk(source.label, layout, first, batch)


def refusal(label: str, line: int | None, reason: str, position: int) -> Chunk:
    """A chunk that holds one reject and nothing else."""
    return Chunk(RECORDS.empty_table(), SCORES.empty_table(), [Reject(label, line, reason)], 1, position)


@dataclass(frozen=True)
class _Answers:
    """One model's column: its texts, its scores (NaN where there is none), and why rows are refused."""

    content: pa.Array
    scores: dict[str, np.ndarray]
    refused: dict[int, str] = field(default_factory=dict)


def _chunk(label: str, layout: Layout, first: int, batch: pa.RecordBatch) -> Chunk:
    """Keeps a record where there is a response and no bad score; a row that nobody answered stands alone."""
    n, m = batch.num_rows, len(layout.models)
    heads = Heads.of(layout, batch)
    answers = [_answers(layout, model, batch.column(at)) for model, at in layout.models]
    kept = np.zeros((n, m + 1), bool)  # the last column: the instruction alone
    refused = np.zeros(n, bool)
    for column, answer in enumerate(answers):
        kept[:, column] = valid(answer.content) & heads.good
        kept[list(answer.refused), column] = False
        refused[list(answer.refused)] = True
    kept[:, m] = heads.good & ~refused & ~kept.any(axis=1)
    rows, columns = np.nonzero(kept)
    reasons = [(row, -1, reason) for row, reason in heads.refused.items()]
    for column, ((model, _), answer) in enumerate(zip(layout.models, answers, strict=True)):
        reasons += [
            (row, column, f"{model[:80]}: {why}") for row, why in answer.refused.items() if row not in heads.refused
        ]
    rejects = [Reject(label, first + row + 1, reason) for row, _, reason in sorted(reasons)]
    contents = [answer.content for answer in answers]
    response = pa.concat_arrays([*contents, pa.nulls(n, pa.large_string())]).take(pa.array(columns * n + rows))
    models = pa.array([*(model for model, _ in layout.models), None], pa.large_string()).take(pa.array(columns))
    at = pa.array(rows)
    records = [
        pa.array(rows + first + 1, pa.int64()),
        heads.uuid.take(at),
        heads.instruction.take(at),
        heads.words.take(at),
        heads.extra.take(at),
        heads.source.take(at),
        models,
        response,
        count_words(response),
        _rest(layout, batch, rows, columns),
    ]
    scores = _scores(layout, answers, rows, columns)
    return Chunk(pa.table(records, schema=RECORDS), scores, rejects, len(rows) + len(rejects), first + n)


def _answers(layout: Layout, model: str, struct: pa.StructArray) -> _Answers:
    fields = fields_of(struct)
    content, broken = texts(fields[CONTENT])
    there = valid(content)
    nameless = not model.strip() or len(model) > NAME_LIMIT
    bad, scored = broken | (there & nameless), np.zeros(len(struct), bool)
    scores = {}
    for name in layout.reward_models:
        if name not in fields:
            continue
        filled = valid(fields[name])
        scored |= filled
        if is_number(fields[name].type):
            scores[name] = fields[name].cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            bad |= filled & ~np.isfinite(scores[name])
        else:
            bad |= filled
    present = {name: fields[name] for name in layout.reward_models if name in fields}
    others = {name: valid(fields[name]) for name in layout.ignored if name in fields}
    said = np.logical_or.reduce([scored, *others.values()])
    wrong = np.flatnonzero((bad & (there | broken)) | (said & ~there))
    reasons = {}
    for row in map(int, wrong):
        said_of = "score" if scored[row] else next((name for name, filled in others.items() if filled[row]), "score")
        reasons[row] = _reason(model, present, broken, row) or f"{said_of} without a response"
    return _Answers(content, scores, reasons)


def _reason(model: str, scores: dict[str, pa.Array], broken: np.ndarray, row: int) -> str | None:
    """What is wrong with an answer's text, scores or model; None where it lacks the text alone."""
    if broken[row]:
        return f"{CONTENT} is no UTF-8 text"
    try:
        for name, column in scores.items():
            score_of(column[row].as_py(), name)
        name_of(model, "model")
    except (Refused, UnicodeDecodeError) as error:
        return str(error)
    return None


def _rest(layout: Layout, batch: pa.RecordBatch, rows: np.ndarray, columns: np.ndarray) -> pa.Array:
    """What stands beside the answers and is no number, as JSON; such fields are few, so they are read one by one."""
    rest: list[str | None] = [None] * len(rows)
    for column, (_, at) in enumerate(layout.models if layout.ignored else ()):
        fields = fields_of(batch.column(at))
        others = {name: fields[name].to_pylist(maps_as_pydicts="strict") for name in layout.ignored if name in fields}
        for place in np.flatnonzero(columns == column):
            found = {name: values[rows[place]] for name, values in others.items()}
            rest[place] = json_text(rest_of(decoded(found), set()))
    return pa.array(rest, pa.large_string())


def _scores(layout: Layout, answers: list[_Answers], rows: np.ndarray, columns: np.ndarray) -> pa.Table:
    """A row for each score of the records that are kept; what is bad was refused, so NaN is missing here."""
    tables = [SCORES.empty_table()]
    for name in layout.reward_models:
        values = np.full(len(rows), np.nan)
        for column, answer in enumerate(answers):
            if name in answer.scores:
                mine = columns == column
                values[mine] = answer.scores[name][rows[mine]]
        there = np.flatnonzero(np.isfinite(values))
        names = pa.repeat(pa.scalar(name, pa.large_string()), len(there))
        tables.append(pa.table([pa.array(there, pa.int32()), names, pa.array(values[there])], schema=SCORES))
    return pa.concat_tables(tables)
