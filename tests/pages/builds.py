"""Real builds, small and strange, for the pages: written straight into the schema and published as the writer does."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crowdselect.schema import SCHEMA_VERSION, TABLES, VIEWS, metrics_view
from crowdselect.store import Workspace

HOSTILE = (
    "<script>alert(1)</script> ![x](http://evil.test/a.png) <img src=http://evil.test/b.png> $\\sum$ :red[x] "
    "[a](javascript:alert(1)) `=HYPERLINK(1)` \u202e\u0000 # Title"
)


@dataclass(frozen=True)
class Data:
    """A pool as plain arrays; `scores[rm]` is (models, rows), NaN where there is none."""

    instructions: list[str]
    models: list[tuple[str, str | None, float | None]]
    scores: dict[str, np.ndarray]
    clusters: dict[str, np.ndarray] = field(default_factory=dict)
    projections: dict[str, np.ndarray] = field(default_factory=dict)
    uuids: list[str] | None = None
    response: str = "Response number"
    rejects: list[tuple[str, int | None, str]] = field(default_factory=list)
    synthetic: bool = True
    signals: dict[str, np.ndarray] = field(default_factory=dict)  # name -> (rows,)
    response_signals: dict[str, np.ndarray] = field(default_factory=dict)  # name -> (models, rows), NaN: not measured
    tags: list[list[str]] = field(default_factory=list)  # of each row
    vectors: np.ndarray | None = None  # (rows, dim)


def publish(folder: Path, data: Data, build_id: str = "0001") -> Workspace:
    """Writes `data` as a build and makes it the current one."""
    workspace = Workspace.of(folder)
    workspace.builds.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(workspace.build(build_id)) as db:
        db.execute(TABLES)
        db.execute(VIEWS)
        db.execute(metrics_view(sorted(data.signals), sorted(data.response_signals)))
        _fill(db, data)
    workspace.current.write_text(build_id, encoding="utf-8")
    return workspace


def _fill(db: duckdb.DuckDBPyConnection, data: Data) -> None:
    rows = len(data.instructions)
    uuids = data.uuids or [f"{row:08d}-0000-4000-8000-000000000000" for row in range(rows)]

    def insert(table: str, values: list[tuple]) -> None:
        if values:
            names = [name for (name, *_) in db.execute(f"DESCRIBE {table}").fetchall()]
            columns = dict(zip(names, (pa.array(column) for column in zip(*values, strict=True)), strict=False))
            db.register("incoming", pa.table(columns))
            db.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608  table names are below

    insert("meta", [("schema_version", str(SCHEMA_VERSION)), ("synthetic", str(data.synthetic).lower())])
    insert("instructions", [(i, uuids[i], data.instructions[i], "test", None, 5, 0, i + 1) for i in range(rows)])
    insert("models", [(m, name, family, size, "csv") for m, (name, family, size) in enumerate(data.models)])
    insert("reward_models", list(enumerate(data.scores)))
    answers = [(i, m, f"{data.response} {i}/{m}", 3, None, 0, i) for i in range(rows) for m in range(len(data.models))]
    insert("answers", answers)
    cells = [
        (int(i), int(m), r, float(matrix[m, i]))
        for r, matrix in enumerate(data.scores.values())
        for m, i in np.argwhere(~np.isnan(matrix))
    ]
    insert("score_values", cells)
    for name, codes in data.clusters.items():
        insert("cluster_members", [(i, name, int(code)) for i, code in enumerate(codes) if code >= 0])
    for name, points in data.projections.items():
        insert("points", [(i, name, float(x), float(y)) for i, (x, y) in enumerate(points)])
    for name, signal in data.signals.items():
        insert("instruction_signals", [(i, name, float(value)) for i, value in enumerate(signal)])
    for name, matrix in data.response_signals.items():
        measured = np.argwhere(~np.isnan(matrix))
        insert("answer_signals", [(int(i), int(m), name, float(matrix[m, i])) for m, i in measured])
    insert("tag_values", [(i, tag, place) for i, tags in enumerate(data.tags) for place, tag in enumerate(tags)])
    if data.vectors is not None:
        insert("embedding_sets", [(1, "instruction", "minilm", data.vectors.shape[1], "attached")])
        insert("vectors", [(i, 1, vector.astype(np.float32)) for i, vector in enumerate(data.vectors)])
    insert("rejects", data.rejects)


def crowd(models: int) -> list[tuple[str, str | None, float | None]]:
    """Models in families of three sizes."""
    return [(f"family-{m // 3}-{3 ** (m % 3)}b", f"family-{m // 3}", float(3 ** (m % 3))) for m in range(models)]


def plain(rows: int = 60, models: int = 6, seed: int = 0) -> Data:
    """An ordinary pool with two reward models, clusters and two maps."""
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, 5, rows)
    points = draw.normal(size=(rows, 2)) + codes[:, None] * 3
    return Data(
        [f"How do I solve problem {row} about topic {codes[row]}?" for row in range(rows)],
        crowd(models),
        {"rm-large": draw.normal(size=(models, rows)) * 8, "rm-small": draw.uniform(size=(models, rows))},
        {"kmeans-5": codes},
        {"pca": points[:, ::-1], "tsne": points},
        rejects=[("bad.jsonl", 3, "not JSON: line 3")],
    )


def signalled(rows: int = 200, models: int = 9, seed: int = 0) -> Data:
    """The ordinary pool with all that a strategy can ask for: signals, tags and embeddings."""
    draw = np.random.default_rng(seed)
    signals = {name: draw.uniform(0.2, 0.99, rows) for name in ("ifd", "ifd_ppl")}
    signals |= {"direct_score": draw.integers(0, 6, rows).astype(float)}
    tags = [[f"tag {tag}" for tag in draw.permutation(12)[: draw.integers(1, 4)]] for _ in range(rows)]
    return replace(plain(rows, models, seed), signals=signals, tags=tags, vectors=draw.normal(size=(rows, 8)))


def _bare(rows: int, models: int, scores: np.ndarray, **more: object) -> Data:
    return Data([f"Instruction {row}" for row in range(rows)], crowd(models), {"rm": scores}, **more)  # type: ignore[arg-type]


EDGES: dict[str, Data] = {
    "plain": plain(),
    "one row": plain(rows=1),
    "one model": plain(models=1),
    "all scores equal": _bare(20, 6, np.full((6, 20), 2.5)),
    "no scores": _bare(20, 6, np.full((6, 20), np.nan)),
    "no reward model": Data([f"Instruction {row}" for row in range(5)], crowd(2), {}),
    "nothing but scores": _bare(20, 6, np.random.default_rng(1).normal(size=(6, 20))),
    "no instruction": Data([], [], {}),
    "hostile text": Data(
        [f"{HOSTILE} {row}" for row in range(12)],
        [(f"{HOSTILE} {m}", f"{HOSTILE}", float(m + 1)) for m in range(3)],
        {HOSTILE: np.random.default_rng(2).normal(size=(3, 12))},
        {HOSTILE: np.arange(12) % 3},
        {"tsne": np.random.default_rng(3).normal(size=(12, 2))},
        uuids=[f"{HOSTILE}-{row:02d}" for row in range(12)],
        response=HOSTILE,
        rejects=[(HOSTILE, 1, HOSTILE)],
    ),
}
