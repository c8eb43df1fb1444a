"""The demo: a synthetic pool with the models and reward models of the paper's zoo, as a file that ingest reads."""

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crowdselect.errors import UserError
from precompute import demo_scores, demo_texts

MOST_ROWS = 100_000
BLOCK = 10_000  # rows generated and written at a time


def write_demo(path: Path, rows: int, seed: int) -> Path:
    """Write `rows` synthetic instructions to `path`, a parquet file in the Generator-Zoo layout; the same for a seed.

    Columns: uuid, instruction, source (synthetic/DOMAIN), and a struct {content, one score a reward model} a model.
    Raises UserError for a number of rows that cannot be made.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise UserError(f"A demo of {rows:,} rows cannot be made; choose 1 to {MOST_ROWS:,}.")
    recipe = demo_texts.demo_recipe()
    rng = np.random.default_rng(seed)
    made = demo_texts.instructions(rows, rng)
    models = demo_scores.crowd(recipe, rng)
    schema = _schema(recipe, models.names)
    beside = path.with_name(f"{path.name}.tmp")
    with pq.ParquetWriter(beside, schema, compression="zstd") as out:
        for first in range(0, rows, BLOCK):
            block = slice(first, first + BLOCK)
            out.write_table(_table(made.texts[block], made.domains[block], models, schema, rng))
    os.replace(beside, path)
    return path


def _schema(recipe: Mapping[str, Any], models: Sequence[str]) -> pa.Schema:
    answer = pa.struct([("content", pa.string()), *((name, pa.float64()) for name in recipe["reward_models"])])
    texts = [(name, pa.string()) for name in ("uuid", "instruction", "source")]
    return pa.schema([*texts, *((name, answer) for name in models)])


def _table(
    texts: list[str], domains: np.ndarray, models: demo_scores.Crowd, schema: pa.Schema, rng: np.random.Generator
) -> pa.Table:
    """These instructions with every model's answer and scores."""
    recipe = demo_texts.demo_recipe()
    names = list(recipe["domains"])
    quality, ability = demo_scores.quality(demo_scores.items(domains, recipe, rng), domains, models, rng)
    lengths = demo_scores.sentences(ability, rng)
    scored = [demo_scores.scores(quality, models, name, recipe, rng) for name in recipe["reward_models"]]
    asked = pa.array(texts)
    columns = [
        pa.array([str(uuid.uuid5(uuid.NAMESPACE_URL, text)) for text in texts]),
        asked,
        pa.array([f"synthetic/{names[domain]}" for domain in domains]),
    ]
    for place, model in enumerate(models.names):
        content = demo_texts.answers(model, asked, lengths[place], rng)
        fields = list(schema.field(model).type)
        columns.append(pa.StructArray.from_arrays([content, *(pa.array(s[place]) for s in scored)], fields=fields))
    return pa.table(columns, schema=schema)
