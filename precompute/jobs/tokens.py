"""Tokens: how long a tokenizer finds each instruction and the response that stands for it.

The outputs `tokens_instruction` and `tokens_response` are signals of the same name: counts of the text alone, uncut,
without the tokens that a tokenizer or a chat template puts round it. The response is the best scored one, as where a
strategy takes the best, or that of the model that `response` names.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa
from pydantic import Field

from crowdselect.errors import UserError
from precompute.database import registered
from precompute.jobs.chosen import chosen
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams

NAME = "tokens"
VERSION = 1
INCREMENTAL = False  # another response may be the best one whenever there are new scores

MADE = pa.schema([("iid", pa.int32()), ("tokens", pa.int64())])
TextField = Literal["instruction", "response"]


class Params(BaseParams):
    """`tokenizer`: a hub name, a directory or a GGUF file. `response`: a model's name; None is the best scored."""

    tokenizer: str = ""
    fields: list[TextField] = Field(default=["instruction", "response"], min_length=1)
    response: str | None = None
    batch_size: int = Field(default=2000, ge=1, exclude=True)  # rows a commit; no part of the result


def outputs(params: Params) -> list[str]:
    return [f"tokens_{field}" for field in dict.fromkeys(params.fields)]


def needs(params: Params) -> list[str]:
    if "response" not in params.fields:
        return ["instructions"]
    return ["instructions", "responses"] + (["scores"] if params.response is None else [])


def makes(output: str) -> str:
    return f"signals:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute("DELETE FROM signals WHERE name = ?", [output])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """What has a text and no count yet, long ones first."""
    if not params.tokenizer:
        raise UserError("tokens needs a tokenizer: --set tokens.tokenizer=NAME, a directory or a GGUF file.")
    everything = db.sql("SELECT iid FROM instructions").to_arrow_table()
    with registered(db, wanted=everything):
        query, values = _texts(output, params)
        pending = db.sql(
            f"SELECT iid FROM ({query}) ANTI JOIN (SELECT iid FROM signals WHERE name = $output) USING (iid)"  # noqa: S608
            " ORDER BY length(text) DESC, iid",
            params=values | {"output": output},
        )
        iids = pending.to_arrow_table()["iid"].to_numpy()
    for first in range(0, len(iids), params.batch_size):
        some = iids[first : first + params.batch_size]
        yield Batch(len(some), partial(_load, db, output, params, some))


def _load(db: duckdb.DuckDBPyConnection, output: str, params: Params, iids: np.ndarray) -> pa.Table:
    """iid, text."""
    with registered(db, wanted=pa.table({"iid": pa.array(iids, pa.int32())})):
        query, values = _texts(output, params)
        return db.sql(f"SELECT iid, text FROM ({query}) ORDER BY iid", params=values).to_arrow_table()  # noqa: S608


def _texts(output: str, params: Params) -> tuple[str, dict[str, Any]]:
    """SQL for iid and text of those in the table `wanted`, and its values."""
    if output == "tokens_instruction":
        return "SELECT iid, instruction AS text FROM instructions JOIN wanted USING (iid)", {}
    query, values = chosen(params.response)
    return f"SELECT iid, response AS text FROM ({query})", values  # noqa: S608  a constant


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """MADE: a count a row."""
    from precompute.models.load_causal import load_tokenizer

    counts = token_counts(load_tokenizer(params.tokenizer), batch["text"].to_pylist())
    return pa.table({"iid": batch["iid"].cast(pa.int32()), "tokens": pa.array(counts, pa.int64())}, MADE)


def token_counts(tokenizer: Any, texts: list[str]) -> list[int]:
    """The number of tokens of each text, none of them cut, without special tokens."""
    if not texts:
        return []
    made = tokenizer(texts, add_special_tokens=False, truncation=False, return_attention_mask=False, verbose=False)
    return [len(ids) for ids in made["input_ids"]]


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    with registered(db, made=made):
        db.execute("INSERT INTO signals SELECT iid, ?, tokens FROM made", [output])
