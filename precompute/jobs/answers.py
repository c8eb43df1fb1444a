"""Which answers a job measures: those that recipes export. A blank one is none."""

from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.store import load_pool

# best: the best of each reward model and of the ensemble, each once; top-K: their K best; all; model:NAME
Responses = Annotated[str, Field(pattern=r"^(best|all|top-[1-9][0-9]{0,3}|model:.+)$")]

# Of the answers in the table `wanted` (iid, mid).
TEXTS = """
    SELECT iid, mid, uuid, model, instruction, response, a.n_words
    FROM answers a JOIN wanted USING (iid, mid) JOIN instructions USING (iid) JOIN models USING (mid)"""
KEY = pa.schema([("iid", pa.int32()), ("mid", pa.int16())])


def wanted_answers(db: duckdb.DuckDBPyConnection, responses: str) -> pa.Table:
    """iid and mid of the answers that `responses` names, by uuid and model. UserError for an unknown model."""
    mids = np.array([mid for (mid,) in db.execute("SELECT mid FROM models ORDER BY model").fetchall()], np.int16)
    pool = load_pool(db)
    rows, models = np.nonzero(_marked(pool, responses).T)
    return pa.table({"iid": pool.keys_of(rows), "mid": mids[models]}, KEY)


def _marked(pool: Pool, responses: str) -> np.ndarray:
    """(models, n) bool."""
    answered = pool.response_words > 0
    if responses == "all":
        return answered
    if responses.startswith("model:"):
        return answered & (np.array([model.name for model in pool.models]) == _known(pool, responses[6:]))[:, None]
    first = 1 if responses == "best" else int(responses[4:])
    marked, scored = np.zeros_like(answered), np.zeros(len(pool), dtype=bool)
    for scores in [*pool.scores.values(), *([pool.ensemble] if len(pool.scores) > 1 else [])]:
        there = answered & ~np.isnan(scores)
        order = np.argsort(-np.where(there, scores, -np.inf), axis=0, kind="stable")[:first]
        best = np.zeros_like(answered)
        np.put_along_axis(best, order, True, axis=0)
        marked |= best & there.any(axis=0)
        scored |= there.any(axis=0)
    if len(pool.models):  # the first by name, where no reward model says which is best
        marked[np.argmax(answered, axis=0), np.arange(len(pool))] |= ~scored
    return marked & answered


def _known(pool: Pool, name: str) -> str:
    names = [model.name for model in pool.models]
    if name not in names:
        raise UserError(f"There are no responses of {name!r} to measure; choose one of {', '.join(names)}.")
    return name
