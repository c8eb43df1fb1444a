"""Tokens: how long a tokenizer finds each instruction and each response.

The outputs `tokens_instruction` and `tokens_response` are signals of the same name: counts of the text alone, uncut,
without the tokens that a tokenizer or a chat template puts round it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import duckdb
import pyarrow as pa
from pydantic import Field

from crowdselect.errors import UserError
from precompute.database import registered
from precompute.jobs.answers import KEY, TEXTS, Responses, wanted_answers
from precompute.jobs.protocol import Batch
from precompute.jobs.protocol import Params as BaseParams

NAME = "tokens"
VERSION = 1
INCREMENTAL = True

MADE = pa.schema([*KEY, ("tokens", pa.int64())])  # mid is null for an instruction
TextField = Literal["instruction", "response"]


class Params(BaseParams):
    """`tokenizer`: a hub name, a directory or a GGUF file. `responses`: which are counted, as in the job ifd."""

    tokenizer: str = ""
    fields: list[TextField] = Field(default=["instruction", "response"], min_length=1)
    responses: Responses = Field(default="all", exclude=True)  # the count of one stays, whatever others are counted
    batch_size: int = Field(default=2000, ge=1, exclude=True)  # rows a commit; no part of the result


def outputs(params: Params) -> list[str]:
    return [f"tokens_{field}" for field in dict.fromkeys(params.fields)]


def needs(params: Params) -> list[str]:
    if "response" not in params.fields:
        return ["instructions"]
    return ["instructions", "responses"]


def makes(output: str) -> str:
    return f"signals:{output}"


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    db.execute(f"DELETE FROM {_table(output)} WHERE name = ?", [output])  # noqa: S608  a constant


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    """What has a text and no count yet."""
    if not params.tokenizer:
        raise UserError("tokens needs a tokenizer: --set tokens.tokenizer=NAME, a directory or a GGUF file.")
    if output == "tokens_instruction":
        everything = db.sql("SELECT iid, NULL::SMALLINT AS mid FROM instructions").to_arrow_table()
    else:
        everything = wanted_answers(db, params.responses)
    with registered(db, wanted=everything):
        query = f"""SELECT iid, mid FROM wanted
            ANTI JOIN (SELECT * FROM {_table(output)} WHERE name = ?) done USING ({_key(output)})
            ORDER BY iid, mid"""  # noqa: S608  constants; by iid, which texts lie by, so that a batch is read at once
        pending = db.sql(query, params=[output]).to_arrow_table()
    for first in range(0, pending.num_rows, params.batch_size):
        some = pending.slice(first, params.batch_size)
        yield Batch(some.num_rows, partial(_load, db, output, some))


def _table(output: str) -> str:
    return "instruction_signals" if output == "tokens_instruction" else "answer_signals"


def _key(output: str) -> str:
    return "iid" if output == "tokens_instruction" else "iid, mid"


def _load(db: duckdb.DuckDBPyConnection, output: str, wanted: pa.Table) -> pa.Table:
    """iid, mid, text."""
    texts = {
        "tokens_instruction": "SELECT iid, mid, instruction AS text FROM instructions JOIN wanted USING (iid)",
        "tokens_response": f"SELECT iid, mid, response AS text FROM ({TEXTS})",  # noqa: S608  a constant
    }
    with registered(db, wanted=wanted):
        return db.sql(f"{texts[output]} ORDER BY iid, mid").to_arrow_table()


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """MADE: a count a row."""
    from precompute.models.load_causal import load_tokenizer

    counts = token_counts(load_tokenizer(params.tokenizer), batch["text"].to_pylist())
    return batch.select(["iid", "mid"]).append_column("tokens", pa.array(counts, pa.int64())).cast(MADE)


def token_counts(tokenizer: Any, texts: list[str]) -> list[int]:
    """The number of tokens of each text, none of them cut, without special tokens."""
    if not texts:
        return []
    made = tokenizer(texts, add_special_tokens=False, truncation=False, return_attention_mask=False, verbose=False)
    return [len(ids) for ids in made["input_ids"]]


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> None:
    with registered(db, made=made):
        db.execute(f"INSERT INTO {_table(output)} SELECT {_key(output)}, ?, tokens FROM made", [output])  # noqa: S608
