"""metrics: every score metric of every instruction, a batch a reward model, for those who query by SQL."""

import json
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pyarrow as pa

from crowdselect.candidates import families_of
from crowdselect.metrics.concordance import concordance
from crowdselect.metrics.difficulty import difficulty
from crowdselect.metrics.length import length_of_responses
from crowdselect.metrics.reward import reward_max, reward_mean, reward_min
from crowdselect.metrics.separability import separability
from crowdselect.metrics.stability import stability
from crowdselect.pool import Model
from crowdselect.responses import best
from crowdselect.streams import RESPONSES, stream
from precompute.jobs import protocol
from precompute.jobs.protocol import Batch

NAME = "metrics"
VERSION = 2
INCREMENTAL = False


class Params(protocol.Params):
    """None: both tie rules are kept, and concordance has its default parameters."""


def outputs(params: Params) -> list[str]:
    return [NAME]


def needs(params: Params) -> list[str]:
    return ["scores", "models", "instructions", "responses"]


def makes(output: str) -> str:
    return NAME


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM score_metrics")


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """The reward models that have no metrics yet."""
    left = db.execute(
        """
        SELECT rid, (SELECT count(DISTINCT iid) FROM score_values s WHERE s.rid = r.rid) AS rows FROM reward_models r
        WHERE rid NOT IN (SELECT DISTINCT rid FROM score_metrics) ORDER BY reward_model
        """
    ).fetchall()
    for rid, rows in left:
        yield Batch(rows, _loader(db, rid))


def _loader(db: duckdb.DuckDBPyConnection, rid: int) -> Callable[[], pa.Table]:
    return lambda: load(db, rid)


def load(db: duckdb.DuckDBPyConnection, rid: int) -> pa.Table:
    """The instructions with a score by one reward model: iid, words, a column score:M and words:M for each model M.

    Models ascend by name; the schema's metadata holds them and the reward model's key.
    """
    rows = db.sql(
        "SELECT iid, n_words FROM instructions WHERE iid IN (SELECT iid FROM score_values WHERE rid = ?) ORDER BY iid",
        params=[rid],
    ).to_arrow_table()
    crowd = db.execute("SELECT mid, model, family, params_b FROM models ORDER BY model").fetchall()
    iids = rows["iid"].to_numpy()
    scores, words = {}, {}
    for mid, model, _, _ in crowd:
        cells = db.sql("SELECT iid, score FROM score_values WHERE rid = ? AND mid = ?", params=[rid, mid])
        scores[f"score:{model}"] = _column(iids, cells, np.nan, np.float64)
        cells = db.sql("SELECT iid, n_words FROM answers WHERE mid = ?", params=[mid])
        words[f"words:{model}"] = _column(iids, cells, -1, np.int32)
    meta = {
        "rid": str(rid),
        "models": json.dumps([row[1:] for row in crowd]),
        "mids": json.dumps([row[0] for row in crowd]),
    }
    columns = {"iid": rows["iid"], "words": rows["n_words"], **scores, **words}
    return pa.table(columns).replace_schema_metadata(meta)


def _column(iids: np.ndarray, cells: duckdb.DuckDBPyRelation, missing: float, kind: type) -> np.ndarray:
    """The second column of `cells` in the order of `iids` (ascending), `missing` where it has none."""
    table = cells.to_arrow_table()
    values: np.ndarray = np.full(len(iids), missing, dtype=kind)
    keys = table.column(0).to_numpy()
    places = np.searchsorted(iids, keys)
    known = places < len(iids)
    known[known] = iids[places[known]] == keys[known]
    values[places[known]] = table.column(1).to_numpy()[known]
    return values


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """A row an instruction; `mid` is the model of its best response.

    Missing scores are left out, and n_scores says how many there were.
    """
    models = [Model(*row) for row in json.loads(batch.schema.metadata[b"models"])]
    scores = _matrix(batch, "score:", models)
    words = _matrix(batch, "words:", models)
    families = families_of(models)
    chosen = best(scores, np.where(words > 0, words, -1), stream(RESPONSES, 0))  # a blank one is never chosen
    values: dict[str, np.ndarray] = {
        "difficulty": difficulty(scores),
        "separability": separability(scores),
        "stability": stability(scores, families, "average"),
        "stability_original": stability(scores, families, "original"),
        "concordance": concordance(scores, families),
        "reward": reward_max(scores),
        "reward_mean": reward_mean(scores),
        "reward_min": reward_min(scores),
        "length_instruction": batch["words"].to_numpy().astype(np.float64),
        "length_response": length_of_responses(words, chosen),
    }
    n, mids = batch.num_rows, np.array([*json.loads(batch.schema.metadata[b"mids"]), -1], dtype=np.int16)
    columns = {
        "iid": batch["iid"],
        "rid": pa.array(np.full(n, int(batch.schema.metadata[b"rid"]), dtype=np.int16)),
        "mid": pa.array(mids[chosen], mask=chosen < 0),
        "n_scores": pa.array((~np.isnan(scores)).sum(axis=0).astype(np.int16)),
        **{name: pa.array(column, from_pandas=True) for name, column in values.items()},  # NaN becomes null
    }
    return pa.table(columns)


def _matrix(batch: pa.Table, prefix: str, models: list[Model]) -> np.ndarray:
    return np.stack([batch[prefix + model.name].to_numpy() for model in models])


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    db.register("made_metrics", made)
    try:
        db.execute("INSERT INTO score_metrics BY NAME SELECT * FROM made_metrics")
    finally:
        db.unregister("made_metrics")
