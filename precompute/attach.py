"""Attach: one's own clusters, embeddings, metrics and tags, by instruction id; a later one of a name replaces it."""

from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.errors import UserError
from crowdselect.importers.labels import label
from crowdselect.metrics import ALL_METRICS
from crowdselect.store.workspace import Workspace
from precompute.attached_files import Values, read_embeddings, read_numbers, read_parquet
from precompute.attachment import attach
from precompute.database import Database, one, signal_names

RESERVED = {*ALL_METRICS, "uuid", "reward_model", "n_scores", "stability_original"}
MAX_LABEL = 2**31 - 1
FIELD = "instruction"  # what attached embeddings are of


def attach_clusters(db: Database, workspace: Workspace, path: Path, column: str, name: str | None = None) -> None:
    """A label an instruction: whole numbers stay (-1 and null: no cluster), texts are coded by their order."""
    clustering = name or column
    values, names = _codes(path, column, read_parquet(path, column))

    def clear() -> None:
        db.execute("DELETE FROM cluster_members WHERE clustering = ?", [clustering])
        db.execute("DELETE FROM cluster_names WHERE clustering = ?", [clustering])

    def insert() -> None:
        db.execute("INSERT INTO cluster_members SELECT iid, ?, value FROM attached WHERE value >= 0", [clustering])
        if names:
            named = [(clustering, code, label) for code, label in enumerate(names)]
            db.executemany("INSERT INTO cluster_names VALUES (?, ?, ?)", named)

    attach(db, workspace, path, f"clusters:{clustering}", values, clear, insert, {"column": column})


def attach_embeddings(db: Database, workspace: Workspace, path: Path, ids: Path, name: str) -> None:
    """A vector an instruction, from a .npy matrix and a file with the ids of its rows."""
    values = read_embeddings(path, ids)

    def clear() -> None:
        found = "SELECT set_id FROM embedding_sets WHERE embedder = ? AND field = ?"
        db.execute(f"DELETE FROM vectors WHERE set_id IN ({found})", [name, FIELD])  # noqa: S608  a constant
        db.execute("DELETE FROM embedding_sets WHERE embedder = ? AND field = ?", [name, FIELD])

    def insert() -> None:
        set_id = one(db, "SELECT coalesce(max(set_id), 0) + 1 FROM embedding_sets")
        dim = one(db, "SELECT len(value) FROM attached LIMIT 1")
        db.execute("INSERT INTO embedding_sets VALUES (?, ?, ?, ?, 'attached')", [set_id, FIELD, name, dim])
        db.execute("INSERT INTO vectors SELECT iid, ?, value FROM attached", [set_id])

    attach(db, workspace, path, f"embeddings:{name}/{FIELD}", values, clear, insert, {"ids": label(ids.name)})


def attach_metric(db: Database, workspace: Workspace, path: Path, column: str, name: str | None = None) -> None:
    """A number an instruction, or an answer where the file has a column `model`; null where there is none."""
    signal = name or column
    if signal.lower() in RESERVED:
        raise UserError(f"{signal!r} is the name of a built-in metric; choose another with --name.")
    twin = next(
        (known for known in chain(*signal_names(db)) if known.lower() == signal.lower() and known != signal), None
    )
    if twin:
        raise UserError(f"There is a metric {twin!r} already, which differs in case alone; choose another --name.")
    values = read_numbers(path, column)

    def clear() -> None:
        db.execute("DELETE FROM instruction_signals WHERE name = ?", [signal])
        db.execute("DELETE FROM answer_signals WHERE name = ?", [signal])

    def insert() -> None:
        if values.models is None:
            db.execute("INSERT INTO instruction_signals SELECT iid, ?, value FROM attached", [signal])
        else:
            db.execute("INSERT INTO answer_signals SELECT iid, mid, ?, value FROM attached", [signal])

    attach(db, workspace, path, f"signals:{signal}", values, clear, insert, {"column": column})


def attach_tags(db: Database, workspace: Workspace, path: Path) -> None:
    """A list of tags an instruction, kept in its order; a tag that a row repeats counts once, where it comes first."""
    values = read_parquet(path, None)
    kind = values.values.type
    if not (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)):
        raise UserError(f"The tags of {path.name} are {kind.value_type}, not texts.")
    attach(
        db,
        workspace,
        path,
        "tags",
        values,
        lambda: db.execute("DELETE FROM tag_values"),
        lambda: db.execute(
            "INSERT INTO tag_values SELECT iid, tag, min(place) FROM"
            " (SELECT iid, unnest(value) AS tag, generate_subscripts(value, 1) - 1 AS place FROM attached)"
            " WHERE trim(tag) != '' GROUP BY iid, tag"
        ),
        {},
    )


def _codes(path: Path, column: str, found: Values) -> tuple[Values, list[str]]:
    """Labels as int32 codes, and what the codes are called where the labels were texts."""
    kind = found.values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        labels = found.values.cast(pa.float64()).fill_null(-1).to_numpy(zero_copy_only=False)
        good = (labels >= -1) & (labels <= MAX_LABEL) & (labels == np.floor(labels))
        kept = found.keep(good, lambda row: f"{column} is no label: {labels[row]:g} is not a whole number from 0 on")
        kept.values = pa.array(labels[good].astype(np.int32))
        return kept, []
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind)):
        raise UserError(f"Column {column!r} of {path.name} holds {kind}; labels are whole numbers or texts.")
    texts = found.values.cast(pa.string())
    names = sorted(name for name in pc.unique(texts).to_pylist() if name is not None)
    found.values = pc.index_in(texts, pa.array(names, pa.string())).fill_null(-1)
    return found, names
