"""The real pool, read straight from its zoo file: golden tests of the library need no database."""

import csv
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from crowdselect.pool import Clustering, Model, Pool

JUDGE = "weighted_alpaca_eval_gpt4_turbo"


@pytest.fixture(scope="session")
def real_pool(alpacaeval: Path) -> Pool:
    """21 models x 805 instructions with their clusters, as the store would load them."""
    zoo = pq.read_table(alpacaeval / "zoo.parquet")
    with (alpacaeval / "families.csv").open(newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["model"])
    size = {row["model"]: float(row["params_b"]) if row["params_b"] else None for row in rows}
    models = tuple(Model(row["model"], row["family"] or None, size[row["model"]]) for row in rows)
    uuids = np.array(zoo["uuid"].to_pylist(), dtype=object)
    order = np.argsort(uuids)
    answers = {model.name: [answer or {} for answer in zoo[model.name].to_pylist()] for model in models}
    scores = [[a.get(JUDGE, np.nan) for a in answers[model.name]] for model in models]
    words = [[len(a["content"].split()) if "content" in a else -1 for a in answers[model.name]] for model in models]
    labels = pq.read_table(alpacaeval / "reference" / "clusters.parquet")
    row_of = {uuid: row for row, uuid in enumerate(uuids[order])}
    places = np.array([row_of[uuid] for uuid in labels["uuid"].to_pylist()])
    clusterings = {}
    for name in ("k10", "k30"):
        codes = np.full(len(uuids), -1, dtype=np.int32)
        codes[places] = labels[name].to_numpy()
        clusterings[name] = Clustering(codes)
    return Pool(
        uuids=uuids[order],
        models=models,
        scores={JUDGE: np.array(scores, dtype=np.float64)[:, order]},
        instruction_words=np.array([len(text.split()) for text in zoo["instruction"].to_pylist()], np.int32)[order],
        response_words=np.array(words, dtype=np.int32)[:, order],
        sources=np.full(len(uuids), "", dtype=object),
        clusterings=clusterings,
    )
