"""IFD: how much an instruction helps a language model to write its response, by the two published ratios.

`ifd` and `ifd_ppl` are an output each, with a signal of the same name and one NAME_dropped that is 1 where the method
leaves the answer out (0 elsewhere). The table `ifd_rows` holds the losses behind them, and why one was left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from crowdselect.errors import UserError
from precompute.database import one, registered
from precompute.jobs.answers import TEXTS, Responses, wanted_answers
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.jobs.sent import Sent, guessed
from precompute.models.ifd import (
    Encode,
    Pair,
    Ratio,
    cherry_pair,
    cherry_ratio,
    superfiltering_pair,
    superfiltering_ratio,
)
from precompute.models_file import Measurer, ModelsFile

NAME = "ifd"
VERSION = 1
INCREMENTAL = True
GPU = True  # its model uses one where there is one, if its weights run here
UNIT, REFUSED = "values", "broken"
ENCODED = 3  # texts a row whose tokens are asked for

MADE = pa.schema(
    [("iid", pa.int32()), ("mid", pa.int16()), ("subject", pa.string()), ("value", pa.float64()),
     ("loss_alone", pa.float64()), ("loss_conditioned", pa.float64()), ("reason", pa.string()),
     ("broken", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Method:
    """A ratio: what the model reads of a pair, and what its losses give."""

    pair: Callable[..., Pair]
    ratio: Callable[[Pair, np.ndarray, np.ndarray, int], Ratio]


METHODS = {"ifd": Method(cherry_pair, cherry_ratio), "ifd_ppl": Method(superfiltering_pair, superfiltering_ratio)}


class Params(BaseParams):
    """`model`: a causal LM's hub name, directory or GGUF file.

    `responses`: which answers are measured: best (of each reward model and of the ensemble), all, top-K or model:NAME.
    `marker_tokens`: see `cherry_pair`; None is right for every tokenizer. `server`: whose model it is, if models.yaml
    names one.
    """

    model: str = ""
    max_length: int = Field(default=1024, ge=16)
    responses: Responses = Field(default="best", exclude=True)  # what is measured of one stays, whatever others are
    marker_tokens: int | None = Field(default=None, ge=0)
    server: SkipJsonSchema[Measurer | None] = Field(default=None, exclude=True)  # its address is no part of the result
    batch_size: int = Field(default=16, ge=1, exclude=True)  # rows a commit; no part of the result


def of_models(params: Params, models: ModelsFile) -> list[Params]:
    """With what models.yaml says under `ifd`, where the parameters themselves don't say it."""
    if models.ifd is None:
        return [params]
    told: dict[str, Any] = {"model": models.ifd.weights, "max_length": models.ifd.max_length}
    told["batch_size"] = models.ifd.batch_size
    if "model" not in params.model_fields_set and not models.ifd.local:
        told["server"] = models.ifd
    update = {key: value for key, value in told.items() if value is not None and key not in params.model_fields_set}
    return [params.model_copy(update=update)]


def outputs(params: Params) -> list[str]:
    return list(METHODS)


def needs(params: Params) -> list[str]:
    return ["instructions", "responses"]


def makes(output: str) -> str:
    return f"signals:{output}"


def concurrency(output: str, params: Params) -> int:
    return params.server.workers if params.server else 0


def server(params: Params) -> Measurer | None:
    """Whose prices hold."""
    return params.server


def sent(batch: pa.Table, output: str, params: Params) -> Sent:
    """What its server is sent: calls for tokens, which no model reads, and a call for the losses of each text."""
    from precompute.models.loss_dialects import DIALECTS

    asked = params.server
    if asked is None:
        return Sent()
    total, written = Sent(), DIALECTS[asked.speaks].written
    for row in batch.to_pylist():
        pair = _pair(guessed, row, output, params)
        read = [len(text.ids) for text in (pair.alone, pair.conditioned) if text.scored]
        total += Sent((0 if asked.tokenizer else ENCODED) + len(read), sum(read), written * len(read))
    return total


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM answer_signals WHERE name IN (?, ?)", [output, _mark(output)])
    db.execute("DELETE FROM ifd_rows WHERE method = ?", [output])
    db.execute("DELETE FROM rejects WHERE file = ?", [_rejects_of(output)])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """The answers that have no ratio yet, long ones first."""
    if not params.model:
        raise UserError(
            "ifd needs a language model: --set ifd.model=NAME, a directory or a GGUF file, or --models FILE."
        )
    with registered(db, wanted=wanted_answers(db, params.responses)):
        query = f"""SELECT iid, mid FROM ({TEXTS})
            ANTI JOIN (SELECT iid, mid FROM ifd_rows WHERE method = $method) USING (iid, mid)
            ORDER BY n_words DESC NULLS LAST, uuid, model"""  # noqa: S608  a constant
        pending = db.sql(query, params={"method": output}).to_arrow_table()
    for first in range(0, pending.num_rows, params.batch_size):
        some = pending.slice(first, params.batch_size)
        yield Batch(some.num_rows, partial(_load, db, some))


def _load(db: duckdb.DuckDBPyConnection, wanted: pa.Table) -> pa.Table:
    """iid, mid, subject (which answer it is, in words), instruction, response."""
    with registered(db, wanted=wanted):
        query = f"""SELECT iid, mid, uuid || ', ' || model AS subject, instruction, response FROM ({TEXTS})
            ORDER BY iid, model"""  # noqa: S608  a constant
        return db.sql(query).to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """MADE: the ratio of each row, why the method drops it, and `broken` where there are no finite losses."""
    rows = batch.to_pylist()
    made = _there(rows, output, params, params.server) if params.server else _here(rows, output, params)
    return pa.Table.from_pylist(made, MADE)


def _here(rows: list[dict[str, Any]], output: str, params: Params) -> list[dict[str, Any]]:
    """By weights in this process, all rows at a time."""
    from precompute.models.load_causal import load_causal

    return _measured(load_causal(params.model), rows, output, params)


def _there(rows: list[dict[str, Any]], output: str, params: Params, server: Measurer) -> list[dict[str, Any]]:
    """By a server, row by row: one that it refuses takes no other with it."""
    from precompute.models.causal_server import causal_server
    from precompute.models.endpoint_answer import CallFailed

    model, made = causal_server(server.model_dump_json()), list[dict[str, Any]]()
    for row in rows:
        try:
            made += _measured(model, [row], output, params)
        except CallFailed as error:
            made.append({**_ids(row), "broken": f"{row['subject']}: {error}"})
    return made


def _measured(model: Any, rows: list[dict[str, Any]], output: str, params: Params) -> list[dict[str, Any]]:
    """The rows of MADE, by a CausalModel or a CausalServer."""
    method = METHODS[output]
    pairs = [_pair(model.encode, row, output, params) for row in rows]
    if model.limit is not None and params.max_length > model.limit:
        raise UserError(
            f"ifd.max_length={params.max_length} is more than the {model.limit:,} tokens that {params.model!r} reads;"
            " set it smaller."
        )
    losses = model.losses([text for pair in pairs for text in (pair.alone, pair.conditioned)])
    return [
        _row(row, method.ratio(pair, alone, conditioned, params.max_length), alone, conditioned, params)
        for row, pair, alone, conditioned in zip(rows, pairs, losses[::2], losses[1::2], strict=True)
    ]


def _pair(encode: Encode, row: dict[str, Any], output: str, params: Params) -> Pair:
    marker = {"marker_tokens": params.marker_tokens} if output == "ifd" else {}
    return METHODS[output].pair(encode, row["instruction"], row["response"], params.max_length, **marker)


def _row(
    row: dict[str, Any], ratio: Ratio, alone: np.ndarray, conditioned: np.ndarray, params: Params
) -> dict[str, Any]:
    ids = _ids(row)
    if not (np.isfinite(alone).all() and np.isfinite(conditioned).all()):
        return {**ids, "broken": f"{row['subject']}: {params.model} gives losses that are not finite"}
    losses = {"loss_alone": ratio.loss_alone, "loss_conditioned": ratio.loss_conditioned}
    return {**ids, "value": ratio.value, **losses, "reason": ratio.reason}


def _ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("iid", "mid", "subject")}


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> int:
    """How many answers more are measured.

    Those without finite losses, or whose calls failed, go to `rejects` and are tried again by the next run.
    """
    mine = "SELECT count(*) FROM ifd_rows WHERE method = ? AND (iid, mid) IN (SELECT (iid, mid) FROM made)"
    with registered(db, made=made):
        before = one(db, mine, [output])
        db.execute("DELETE FROM ifd_rows WHERE method = ? AND (iid, mid) IN (SELECT (iid, mid) FROM made)", [output])
        db.execute(
            "DELETE FROM answer_signals WHERE name IN (?, ?) AND (iid, mid) IN (SELECT (iid, mid) FROM made)",
            [output, _mark(output)],
        )
        db.execute(
            "INSERT INTO ifd_rows SELECT iid, ?, mid, value, loss_alone, loss_conditioned, reason FROM made"
            " WHERE broken IS NULL",
            [output],
        )
        db.execute("INSERT INTO answer_signals SELECT iid, mid, ?, value FROM made WHERE broken IS NULL", [output])
        db.execute(
            "INSERT INTO answer_signals SELECT iid, mid, ?, (reason IS NOT NULL)::INT::DOUBLE FROM made"
            " WHERE broken IS NULL",
            [_mark(output)],
        )
        db.execute(
            "DELETE FROM rejects WHERE file = ? AND EXISTS"
            " (SELECT 1 FROM made WHERE starts_with(rejects.reason, made.subject || ': '))",
            [_rejects_of(output)],
        )
        db.execute(
            "INSERT INTO rejects SELECT ?, NULL, broken FROM made WHERE broken IS NOT NULL", [_rejects_of(output)]
        )
        return int(one(db, mine, [output])) - int(before)


def _mark(output: str) -> str:
    return f"{output}_dropped"


def _rejects_of(output: str) -> str:
    return f"ifd {output}"
