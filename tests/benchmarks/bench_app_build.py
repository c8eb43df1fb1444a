"""A workspace of any size for the app's benchmark: random numbers, made in seconds and kept for the next run."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crowdselect.schema import SCHEMA_VERSION, TABLES, VIEWS, metrics_view
from crowdselect.store import Workspace
from tests.benchmarks.crowd import MODELS

CLUSTERS = 30
EMBEDDER, DIMENSIONS = "all-MiniLM-L6-v2", 384
MOST_WITH_VECTORS = 200_000  # rows; a million vectors are 1.5 GB, and only the map is measured at that size
BUILD = "0001"
# Letters that make some thousand pronounceable words: searches meet common and rare ones.
HEADS, TAILS = ("ba", "co", "du", "fe", "gi", "ka", "lo", "mu", "ne", "pi", "ra", "so", "tu", "ve"), (
    "bel", "cade", "dor", "fin", "gram", "lent", "mark", "nose", "pal", "rin", "stone", "ton", "vil", "zen",
)  # fmt: skip
WORDS = np.array([one + two + three for one in HEADS for two in HEADS for three in TAILS])


def workspace_of(folder: Path, rows: int) -> Workspace:
    """The workspace of that size in `folder`, made if it is not there."""
    workspace = Workspace.of(folder / f"{rows}x{len(MODELS)}")
    if workspace.current_build() is None:
        workspace.builds.mkdir(parents=True, exist_ok=True)
        workspace.build(BUILD).unlink(missing_ok=True)
        _write(workspace.build(BUILD), rows)
        workspace.current.write_text(BUILD, encoding="utf-8")
    return workspace


def _write(path: Path, rows: int) -> None:
    draw = np.random.default_rng(0)
    codes = draw.integers(0, CLUSTERS, rows).astype(np.int32)
    reward_models = ["rm-large", "rm-small"] if rows <= MOST_WITH_VECTORS else ["rm-large"]
    with duckdb.connect(path) as db:
        for sql in (TABLES, VIEWS, metrics_view([])):
            db.execute(sql)
        _put(db, "meta", key=["schema_version", "synthetic"], value=[str(SCHEMA_VERSION), "true"])
        _put(
            db, "models", mid=range(len(MODELS)), model=[model.name for model in MODELS],
            family=[model.family for model in MODELS], params_b=[model.params_b for model in MODELS],
            origin=["benchmark"] * len(MODELS),
        )  # fmt: skip
        _put(db, "reward_models", rid=range(len(reward_models)), reward_model=reward_models)
        _texts(db, rows, draw)
        _scores(db, rows, len(reward_models), draw)
        iid = np.arange(rows)
        _put(db, "cluster_members", iid=iid, clustering=["kmeans-30"] * rows, cluster=codes)
        names = [", ".join(draw.choice(WORDS, 3)) for _ in range(CLUSTERS)]
        _put(db, "cluster_names", clustering=["kmeans-30"] * CLUSTERS, cluster=range(CLUSTERS), name=names)
        for projection in ("pca", "tsne", "umap"):
            points = clustered_points(codes, draw)
            _put(db, "points", iid=iid, projection=[projection] * rows, x=points[:, 0], y=points[:, 1])
        if rows <= MOST_WITH_VECTORS:
            _vectors(db, codes, draw)


def clustered_points(codes: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """(n, 2) float32: a cloud for each cluster."""
    centres = draw.normal(size=(CLUSTERS, 2)) * 25
    spread = draw.uniform(1, 5, size=(CLUSTERS, 2))
    return (centres[codes] + draw.normal(size=(len(codes), 2)) * spread[codes]).astype(np.float32)


def _put(db: duckdb.DuckDBPyConnection, table: str, **columns: object) -> None:
    db.register("incoming", pa.table({name: pa.array(values) for name, values in columns.items()}))
    db.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608  names of our own tables
    db.unregister("incoming")


def _texts(db: duckdb.DuckDBPyConnection, rows: int, draw: np.random.Generator) -> None:
    """Instructions of 8 to 30 words, common ones more often, and an answer of each model (300 letters; short at 1M)."""
    counts = draw.integers(8, 31, rows)
    picked = WORDS[np.minimum(draw.zipf(1.3, counts.sum()) - 1, len(WORDS) - 1)]
    ends = np.cumsum(counts)
    texts = [" ".join(words) for words in np.split(picked, ends[:-1])]
    uuids = [f"{row:08x}-0000-4000-8000-{row:012x}" for row in draw.permutation(rows)]
    sources = np.array(["forum", "exam", "code", "chat", "manual"])[draw.integers(0, 5, rows)]
    _put(
        db, "instructions", iid=np.arange(rows), uuid=uuids, instruction=texts, source=sources, n_words=counts,
        file_id=np.zeros(rows, np.int32), line=np.arange(1, rows + 1),
    )  # fmt: skip
    tagged = draw.choice(rows, rows // 2, replace=False)
    tags = np.array(["maths", "writing", "code", "facts"])[draw.integers(0, 4, len(tagged))]
    _put(db, "tag_values", iid=np.sort(tagged), tag=tags)
    saying = " ".join(draw.choice(WORDS, 4000))
    db.execute(
        """INSERT INTO answers BY NAME SELECT i.iid, m.mid, n_words + 30 AS n_words, 0 AS file_id, i.line,
           'To ' || left(instruction, 60) || ': '
           || substr(?, 1 + (i.iid::BIGINT * 7919 + m.mid * 104729) % 20000, ?) AS response
           FROM instructions i CROSS JOIN models m ORDER BY i.iid, m.mid""",
        [saying, 240 if rows <= MOST_WITH_VECTORS else 0],
    )


def _scores(db: duckdb.DuckDBPyConnection, rows: int, reward_models: int, draw: np.random.Generator) -> None:
    """An ability a model, a hardness an instruction, and noise."""
    for rid in range(reward_models):
        matrix = draw.normal(size=(rows, len(MODELS))) + draw.normal(size=(rows, 1)) + draw.normal(size=len(MODELS))
        _put(
            db, "score_values", iid=np.repeat(np.arange(rows), len(MODELS)), mid=np.tile(np.arange(len(MODELS)), rows),
            rid=np.full(matrix.size, rid, np.int16), score=matrix.ravel() * 5,
        )  # fmt: skip


def _vectors(db: duckdb.DuckDBPyConnection, codes: np.ndarray, draw: np.random.Generator) -> None:
    centres = draw.normal(size=(CLUSTERS, DIMENSIONS)).astype(np.float32)
    vectors = centres[codes] + draw.normal(size=(len(codes), DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    _put(db, "embedding_sets", set_id=[0], field=["instruction"], embedder=[EMBEDDER], dim=[DIMENSIONS], origin=["job"])
    rows = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIMENSIONS)
    _put(db, "vectors", iid=np.arange(len(codes)), set_id=np.zeros(len(codes), np.int16), vector=rows)
