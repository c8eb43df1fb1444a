"""Reads the signals of a database: those of instructions, and those of answers, a matrix each."""

from collections.abc import Iterator
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.store.batches import Query, in_batches
from crowdselect.store.old_signals import MEASURED

Signals = dict[str, np.ndarray]

_VERSION = "SELECT value FROM meta WHERE key = 'schema_version'"


def read_signals(
    query: Query, row_of: np.ndarray, model_of: np.ndarray, shape: tuple[int, int]
) -> tuple[Signals, Signals]:
    """By name: (n,) float64 of instructions, and (m, n) float64 of answers, NaN where there is none.

    `row_of` and `model_of` are the places of the database's numbers, and `shape` is (m, n).
    """
    old = query(_VERSION)["value"].to_pylist() == ["1"]
    of_instructions, of_answers = _of_schema_1(query) if old else _of_schema_2(query, len(row_of))
    signals: Signals = {}
    for name, part in _by_name(of_instructions):
        signals.setdefault(name, np.full(shape[1], np.nan))
        signals[name][row_of[part["iid"].to_numpy()]] = part["value"].to_numpy()
    response_signals: Signals = {}
    for name, part in chain.from_iterable(map(_by_name, of_answers)):
        response_signals.setdefault(name, np.full(shape, np.nan))
        places = model_of[part["mid"].to_numpy()], row_of[part["iid"].to_numpy()]
        response_signals[name][places] = part["value"].to_numpy()
    return signals, dict(sorted(response_signals.items()))


def _of_schema_2(query: Query, end: int) -> tuple[pa.Table, Iterator[pa.Table]]:
    """iid, name and value of instructions; iid, mid, name and value of answers, some at a time."""
    answers = in_batches(query, "answer_signals", "iid, mid, name, value", end)
    return query("SELECT iid, name, value FROM instruction_signals"), answers


def _of_schema_1(query: Query) -> tuple[pa.Table, Iterator[pa.Table]]:
    """The same, where the answers that signals were measured on stand in other tables."""
    of_answers = pa.concat_tables([query(sql) for sql in MEASURED.values()])
    everything = query("SELECT iid, name, value FROM signals")
    known = pc.is_in(everything["name"], pc.unique(of_answers["name"]))
    return everything.filter(pc.invert(known)), iter([of_answers])


def _by_name(table: pa.Table) -> list[tuple[str, pa.Table]]:
    """The rows of each name that have a value, in name order."""
    table = table.filter(table["value"].is_valid())
    names = sorted(pc.unique(table["name"]).to_pylist())
    return [(name, table.filter(pc.equal(table["name"], name))) for name in names]
