"""Generate: the responses of one model to all instructions that have none from it."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from crowdselect.errors import UserError
from crowdselect.families import families
from crowdselect.text import count_words
from precompute.crowd import MODELS_FILE
from precompute.database import one, registered, stamps, touch
from precompute.jobs import calls
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.models.endpoint_answer import CUT
from precompute.models.thinking import JOINED
from precompute.models_file import Answerer, ModelsFile
from precompute.names import add_names

NAME = "generate"
VERSION = 1
INCREMENTAL = True
GPU = True  # its model uses one where there is one, if its weights run here
UNIT, REFUSED = "answers", "reason"
NAMES = "models"  # where its outputs have a name

ROWS = "SELECT iid, uuid, instruction FROM instructions JOIN wanted USING (iid)"
# Long instructions first, so that the time that is left is never underrated.
PENDING = """
    WITH done AS (SELECT iid FROM answers JOIN models USING (mid) WHERE model = ?)
    SELECT iid FROM instructions ANTI JOIN done USING (iid) ORDER BY length(instruction) DESC, uuid
"""


class Params(BaseParams):
    """One model: its `name` in the pool and what is sent to it. `system` is a message before each instruction."""

    name: SkipJsonSchema[str] = ""
    request: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)
    system: str | None = None
    model: SkipJsonSchema[Answerer | None] = Field(default=None, exclude=True)  # its address is no part of it


def of_models(params: Params, models: ModelsFile) -> list[Params]:
    """One set of parameters a model of models.yaml."""
    if not models.models:
        raise UserError("generate needs models: give --models FILE with a list `models:` of {name, base_url, model}.")
    return [
        params.model_copy(
            update={
                "name": each.name,
                "model": each,
                "request": {"model": each.path or each.served, "params": dict(each.params)},
            }
        )
        for each in models.models
    ]


def outputs(params: Params) -> list[str]:
    return [params.name] if params.name else []


def needs(params: Params) -> list[str]:
    return ["instructions"]


def makes(output: str) -> str:
    return f"generated:{output}"


def concurrency(output: str, params: Params) -> int:
    return params.model.workers if params.model else 0


def asked(output: str, params: Params) -> calls.Questions:
    """What is asked of the model for this output."""
    if params.model is None:
        raise UserError("generate needs models: give --models FILE.")
    system = [{"role": "system", "content": params.system}] if params.system else []
    return calls.Questions(
        NAME, params.model, ROWS, lambda row: [*system, {"role": "user", "content": row["instruction"]}]
    )


# The text of a generated response stands in `answers`, beside the thinking before it; in `calls` both stand only while
# they are out of use, that is when the model's parameters have changed since. Going back to these brings them back
# without a call.
CLEAR = (
    "UPDATE calls SET answer = coalesce(format($joined, a.reasoning, a.response), a.response)"
    " FROM answers a JOIN models m USING (mid)"
    " WHERE calls.job = 'generate' AND calls.name = $name AND calls.answer IS NULL AND a.iid = calls.iid"
    " AND m.model = $name",
    "DELETE FROM score_values WHERE (iid, mid) IN (FROM dropped)",
    "DELETE FROM answer_signals WHERE (iid, mid) IN (FROM dropped)",
    "DELETE FROM ifd_rows WHERE (iid, mid) IN (FROM dropped)",
    "DELETE FROM answers WHERE (iid, mid) IN (FROM dropped)",
)


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    """Take the generated responses out of the pool; those that were taken in from files stay."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE dropped AS SELECT c.iid, m.mid FROM calls c, models m"
        " WHERE c.job = 'generate' AND c.name = $name AND c.answer IS NULL AND m.model = $name",
        {"name": output},
    )
    if one(db, "SELECT count(*) FROM dropped"):
        names = db.execute("SELECT DISTINCT name FROM answer_signals SEMI JOIN dropped USING (iid, mid)").fetchall()
        measured = {f"signals:{name}" for (name,) in names}
        values = {"name": output, "joined": JOINED}
        for statement in CLEAR:
            db.execute(statement, {key: value for key, value in values.items() if f"${key}" in statement} or None)
        touch(db, "responses", "scores", *(name for name in stamps(db) if name in measured))


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    pending = db.sql(PENDING, params=[output]).to_arrow_table()
    yield from calls.batches(db, asked(output, params), pending)


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """The model's answers; see `calls.MADE`."""
    return calls.run(batch, asked(output, params))


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> int:
    """Responses and their calls; how many. One that was cut by its token limit is kept, and `extra` says so."""
    calls.write_calls(db, made, asked(output, params), keep_text=False)
    good = made.filter(made["answer"].is_valid())
    if not good.num_rows:
        return 0
    mid = _model(db, output, params)
    extra = [json.dumps({"finish_reason": CUT}) if finish == CUT else None for finish in good["finish"].to_pylist()]
    rows = pa.table(
        {
            "iid": good["iid"],
            "response": good["answer"],
            "reasoning": good["reasoning"],
            "n_words": count_words(good["answer"].combine_chunks()),
            "extra": pa.array(extra, pa.string()),
        }
    )
    with registered(db, good=good, fresh=rows):
        db.execute(
            "INSERT INTO answers (iid, mid, response, reasoning, n_words, extra)"
            " SELECT iid, ?, response, reasoning, n_words, extra FROM fresh",
            [mid],
        )
        if not all(good["paid"].to_pylist()):
            db.execute(
                "UPDATE calls SET answer = NULL FROM good WHERE calls.job = ? AND calls.name = ?"
                " AND calls.iid = good.iid AND calls.payload = good.payload AND NOT good.paid",
                [NAME, output],
            )
    touch(db, "responses")
    return good.num_rows


def _model(db: duckdb.DuckDBPyConnection, name: str, params: Params) -> int:
    """The model's key; a new model gets the family and size that models.yaml says, else those of its name."""
    known = one(db, "SELECT mid FROM models WHERE model = ?", [name])
    if known is not None:
        return int(known)
    with registered(db, new_models=pa.table({"model": [name]})):
        add_names(db, "models", "SELECT model FROM new_models")
    told, guess = params.model, families([name])[name]
    family = (told.family if told else None) or guess.family
    size = (told.params_b if told else None) or guess.params_b
    origin = MODELS_FILE if told and (told.family or told.params_b) else guess.origin
    db.execute("UPDATE models SET family = ?, params_b = ?, origin = ? WHERE model = ?", [family, size, origin, name])
    return int(one(db, "SELECT mid FROM models WHERE model = ?", [name]))
