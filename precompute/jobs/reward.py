"""Reward: the score of every response by one reward model of models.yaml."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from crowdselect.errors import UserError
from precompute.database import one, registered, touch
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams
from precompute.jobs.sent import Sent, message_tokens
from precompute.models_file import ModelsFile, Scorer
from precompute.names import add_names

NAME = "reward"
VERSION = 1
INCREMENTAL = True
GPU = True  # its model uses one where there is one
UNIT, REFUSED = "scores", "reason"
NAMES = "reward_models"  # where its outputs have a name

MADE = pa.schema(
    [("iid", pa.int32()), ("mid", pa.int16()), ("score", pa.float64()), ("who", pa.string()), ("reason", pa.string())]
)
# Long ones first: texts of one batch are then of one length, and the time that is left is never underrated.
PENDING = """
    WITH done AS (SELECT iid, mid FROM score_values JOIN reward_models USING (rid) WHERE reward_model = ?)
    SELECT iid, mid FROM answers a ANTI JOIN done USING (iid, mid) JOIN instructions i USING (iid)
        JOIN models USING (mid)
    WHERE response IS NOT NULL
    ORDER BY coalesce(a.n_words, 0) + coalesce(i.n_words, 0) DESC, uuid, model
"""
ROWS = """
    SELECT iid, mid, uuid, model, instruction, response
    FROM wanted JOIN answers USING (iid, mid) JOIN instructions USING (iid) JOIN models USING (mid) ORDER BY place
"""


class Params(BaseParams):
    """One reward model: its `name` in the pool, and all of `request` that decides its scores."""

    name: SkipJsonSchema[str] = ""
    request: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)
    scorer: SkipJsonSchema[Scorer | None] = Field(default=None, exclude=True)  # its address is no part of it
    batch_size: int = Field(default=64, ge=1, exclude=True)  # rows a commit; no part of the result


def of_models(params: Params, models: ModelsFile) -> list[Params]:
    """One set of parameters a reward model of models.yaml."""
    if not models.reward_models:
        raise UserError("reward needs reward models: give --models FILE with a list `reward_models:` of {name, path}.")
    return [
        params.model_copy(
            update={
                "name": each.name,
                "scorer": each,
                "request": each.model_dump(include={"path", "model", "revision", "dtype", "max_length"}),
                "batch_size": each.batch_size or params.batch_size,
            }
        )
        for each in models.reward_models
    ]


def outputs(params: Params) -> list[str]:
    return [params.name] if params.name else []


def needs(params: Params) -> list[str]:
    return ["instructions", "responses"]


def makes(output: str) -> str:
    return f"scored:{output}"


def concurrency(output: str, params: Params) -> int:
    return params.scorer.workers if params.scorer else 0


def server(params: Params) -> Scorer | None:
    """Whose prices hold, where it is no model of this process."""
    return params.scorer if params.scorer and not params.scorer.local else None


def sent(batch: pa.Table, output: str, params: Params) -> Sent:
    """What a server is sent: a conversation of two messages a row; it writes nothing."""
    texts = zip(batch["instruction"].to_pylist(), batch["response"].to_pylist(), strict=True)
    return Sent(batch.num_rows, sum(message_tokens(one) + message_tokens(other) for one, other in texts))


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    """Take the computed scores out of the pool; those of a name that was never computed came with the data."""
    db.execute("DELETE FROM rejects WHERE file = ?", [_rejects_of(output)])
    if _computed(db, output) is None:
        return
    db.execute("DELETE FROM score_values WHERE rid IN (SELECT rid FROM reward_models WHERE reward_model = ?)", [output])
    touch(db, "scores")


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """What has a response and no score yet."""
    there = one(db, "SELECT count(*) FROM score_values JOIN reward_models USING (rid) WHERE reward_model = ?", [output])
    if there and not _computed(db, output):
        raise UserError(f"Scores called {output!r} came with the data; give the reward model another name.")
    pending = db.sql(PENDING, params=[output]).to_arrow_table()
    for first in range(0, pending.num_rows, params.batch_size):
        some = pending.slice(first, params.batch_size)
        yield Batch(some.num_rows, partial(_load, db, some))


def _computed(db: duckdb.DuckDBPyConnection, output: str) -> int | None:
    """How many rows this job has made under the name; None where it was never asked to."""
    found = one(db, "SELECT rows FROM jobs WHERE job = ? AND output = ?", [NAME, output])
    return None if found is None else int(found)


def _load(db: duckdb.DuckDBPyConnection, some: pa.Table) -> pa.Table:
    """iid, mid, uuid, model, instruction, response."""
    wanted = some.append_column("place", pa.array(np.arange(some.num_rows)))
    with registered(db, wanted=wanted):
        return db.sql(ROWS).to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """MADE: a score, or the reason why there is none."""
    if params.scorer is None:
        raise UserError("reward needs reward models: give --models FILE.")
    rows = batch.to_pylist()
    judged = _here(rows, params.scorer) if params.scorer.local else _there(rows, params.scorer)
    made = [
        {"iid": row["iid"], "mid": row["mid"], "score": score, "who": _who(row), "reason": reason}
        for row, (score, reason) in zip(rows, judged, strict=True)
    ]
    return pa.Table.from_pylist(made, MADE)


def _here(rows: list[dict[str, Any]], scorer: Scorer) -> list[tuple[float | None, str | None]]:
    """By weights in this process. Nothing is cut: what is too long has no score."""
    from precompute.models.load_scorer import load_scorer

    model = load_scorer(scorer)
    texts = [model.tokens(row["instruction"], row["response"]) for row in rows]
    fits = [place for place, text in enumerate(texts) if len(text) <= model.limit]
    judged: list[tuple[float | None, str | None]] = [
        (None, f"{len(text):,} tokens are more than {model.limit:,}") for text in texts
    ]
    for place, score in zip(fits, model.scores([texts[place] for place in fits]), strict=True):
        judged[place] = (float(score), None) if np.isfinite(score) else (None, "the score is not finite")
    return judged


def _there(rows: list[dict[str, Any]], scorer: Scorer) -> list[tuple[float | None, str | None]]:
    """By a server."""
    from precompute.models.endpoint_answer import CallFailed
    from precompute.models.score_server import score_server

    server, judged = score_server(scorer.model_dump_json()), list[tuple[float | None, str | None]]()
    for row in rows:
        try:
            judged.append((server.score(row["instruction"], row["response"]), None))
        except CallFailed as error:
            judged.append((None, str(error)))
    return judged


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> int:
    """The number of scores. Rows without a score go to `rejects` and are tried again by the next run."""
    with registered(db, made=made, new_names=pa.table({"reward_model": [output]})):
        if made["score"].null_count < made.num_rows:
            add_names(db, "reward_models", "SELECT reward_model FROM new_names")
        db.execute(
            "INSERT INTO score_values SELECT iid, mid, rid, score FROM made, reward_models"
            " WHERE reward_model = ? AND score IS NOT NULL",
            [output],
        )
        db.execute(
            "DELETE FROM rejects WHERE file = ? AND EXISTS (SELECT 1 FROM made WHERE starts_with(rejects.reason, who))",
            [_rejects_of(output)],
        )
        db.execute(
            "INSERT INTO rejects SELECT ?, NULL, who || reason FROM made WHERE reason IS NOT NULL",
            [_rejects_of(output)],
        )
    many = made.num_rows - made["score"].null_count
    if many:
        touch(db, "scores")
    return many


def _who(row: dict[str, Any]) -> str:
    return f"{row['uuid']}: {row['model']}: "


def _rejects_of(output: str) -> str:
    return f"reward {output}"
