"""Reads the signals of a database: those of instructions, and those of answers, a matrix each."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.store.old_signals import MEASURED

Query = Callable[[str], pa.Table]
Signals = dict[str, np.ndarray]

_VERSION = "SELECT value FROM meta WHERE key = 'schema_version'"


def read_signals(
    query: Query, row_of: np.ndarray, model_of: np.ndarray, shape: tuple[int, int]
) -> tuple[Signals, Signals]:
    """By name: (n,) float64 of instructions, and (m, n) float64 of answers, NaN where there is none.

    `row_of` and `model_of` are the places of the database's numbers, and `shape` is (m, n).
    """
    of_instructions, of_answers = _tables(query)
    signals: Signals = {}
    for name, part in _by_name(of_instructions):
        signals[name] = np.full(shape[1], np.nan)
        signals[name][row_of[part["iid"].to_numpy()]] = part["value"].to_numpy()
    response_signals: Signals = {}
    for name, part in _by_name(of_answers):
        response_signals[name] = np.full(shape, np.nan)
        places = model_of[part["mid"].to_numpy()], row_of[part["iid"].to_numpy()]
        response_signals[name][places] = part["value"].to_numpy()
    return signals, response_signals


def _tables(query: Query) -> tuple[pa.Table, pa.Table]:
    """iid, name and value of instructions; iid, mid, name and value of answers."""
    version = query(_VERSION)["value"].to_pylist()
    if version != ["1"]:
        of_instructions = query("SELECT iid, name, value FROM instruction_signals WHERE value IS NOT NULL")
        return of_instructions, query("SELECT iid, mid, name, value FROM answer_signals WHERE value IS NOT NULL")
    of_answers = pa.concat_tables([query(sql) for sql in MEASURED.values()])
    everything = query("SELECT iid, name, value FROM signals WHERE value IS NOT NULL")
    known = pc.is_in(everything["name"], pc.unique(of_answers["name"]))
    return everything.filter(pc.invert(known)), of_answers.filter(of_answers["value"].is_valid())


def _by_name(table: pa.Table) -> list[tuple[str, pa.Table]]:
    """The rows of each name, in name order."""
    names = sorted(pc.unique(table["name"]).to_pylist())
    return [(name, table.filter(pc.equal(table["name"], name))) for name in names]
