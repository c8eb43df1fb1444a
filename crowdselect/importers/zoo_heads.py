"""The part of a Generator-Zoo row that belongs to the instruction: text, id, source, unknown columns."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.importers.chunks import json_text
from crowdselect.importers.columns import texts
from crowdselect.importers.fields import NAME_LIMIT, PROMPT_FIELDS, Refused, instruction_of, rest_of, uuid_of
from crowdselect.importers.rows import UNDECODABLE, decoded
from crowdselect.importers.zoo_layout import Layout
from crowdselect.text import count_words


@dataclass(frozen=True)
class Heads:
    """n rows; those in `refused` (row -> reason) are not good, whatever their models answered."""

    instruction: pa.Array
    words: pa.Array
    uuid: pa.Array
    source: pa.Array
    extra: pa.Array
    refused: dict[int, str]
    good: np.ndarray  # (n,) bool

    @classmethod
    def of(cls, layout: Layout, batch: pa.RecordBatch) -> "Heads":
        """Reads a batch. Only rows whose id or instruction is missing or odd are looked at one by one."""
        nothing = pa.nulls(batch.num_rows, pa.large_string())
        instruction, broken = texts(batch.column(layout.instruction) if layout.instruction >= 0 else nothing)
        words = count_words(instruction)
        refused: dict[int, str] = {}
        uuid = _uuids(layout, batch, instruction, words, broken, refused)
        source = nothing
        if layout.source is not None:
            source, unread = texts(batch.column(layout.source))
            refused |= {int(row): "source is no UTF-8 text" for row in np.flatnonzero(unread)}
            source = pc.if_else(pc.equal(source, ""), pa.scalar(None, pa.large_string()), source)
        extra = _extra(layout, batch, refused)
        good = np.ones(batch.num_rows, bool)
        good[list(refused)] = False
        return cls(instruction, words, uuid, source, extra, refused, good)


def _uuids(
    layout: Layout,
    batch: pa.RecordBatch,
    instruction: pa.Array,
    words: pa.Array,
    broken: np.ndarray,
    refused: dict[int, str],
) -> pa.Array:
    """Ids as they stand, where they do; as `uuid_of` says elsewhere."""
    columns = [(name, batch.column(at)) for name, at in layout.id_fields]
    ids = columns[0][1] if columns else pa.nulls(batch.num_rows, pa.large_string())
    ids, _ = texts(ids)
    blank = pc.equal(pc.fill_null(count_words(ids), 0), 0)
    endless = pc.greater(pc.fill_null(pc.utf8_length(ids), 0), NAME_LIMIT)
    wordless = pc.equal(pc.fill_null(words, 0), 0)
    odd = np.flatnonzero(pc.or_(pc.or_(blank, endless), wordless).to_numpy(zero_copy_only=False))
    if not len(odd):
        return ids
    made = ids.to_pylist()
    prompts = [(name, batch.column(at)) for name, at in layout.extra if name in PROMPT_FIELDS]
    for row in map(int, odd):
        try:
            if broken[row]:
                raise Refused("instruction is no UTF-8 text")
            fields = {"instruction": instruction[row].as_py()} if layout.instruction >= 0 else {}
            text = instruction_of(fields)
            made[row] = uuid_of(decoded({name: column[row].as_py() for name, column in columns + prompts}), text)[0]
        except UnicodeDecodeError:
            refused[row] = "an id is no UTF-8 text"
        except Refused as reason:
            refused[row] = str(reason)
    return pa.array(made, pa.large_string())


def _extra(layout: Layout, batch: pa.RecordBatch, refused: dict[int, str]) -> pa.Array:
    """Unknown columns as a JSON object a row, without nulls and NaN."""
    if not layout.extra:
        return pa.nulls(batch.num_rows, pa.large_string())
    made: list[str | None] = []
    for row in range(batch.num_rows):
        try:
            fields = {name: batch.column(at)[row].as_py(maps_as_pydicts="strict") for name, at in layout.extra}
            made.append(json_text(rest_of(decoded(fields), set())))
        except (*UNDECODABLE, RecursionError) as error:
            made.append(None)
            refused.setdefault(row, f"an unknown column cannot be kept as JSON ({str(error)[:80]})")
    return pa.array(made, pa.large_string())
