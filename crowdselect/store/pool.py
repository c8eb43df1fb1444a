"""Reads a database into the aligned arrays of a Pool."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crowdselect.pool import Clustering, Links, Model, Pool
from crowdselect.store.batches import Query, in_batches
from crowdselect.store.build import Build
from crowdselect.store.same_words import same_words
from crowdselect.store.search import with_text
from crowdselect.store.signals import read_signals
from crowdselect.store.vectors import read_vectors

LANGUAGE = "language"  # the clustering that the job `language` makes

SETS = "SELECT embedder || '/' || field AS name FROM embedding_sets ORDER BY name"

NOWHERE = np.iinfo(np.int32).max  # -1 would be the last row


def load_pool(source: Build | duckdb.DuckDBPyConnection) -> Pool:
    """Everything but the texts. Rows ascend by uuid and models by name, whatever the order they came in."""
    with source.whole() if isinstance(source, Build) else nullcontext():
        return _load(source)


def _load(source: Build | duckdb.DuckDBPyConnection) -> Pool:
    query: Query = source.query if isinstance(source, Build) else lambda sql: source.sql(sql).to_arrow_table()
    rows = query("SELECT iid, uuid, coalesce(source, '') AS source, n_words FROM instructions ORDER BY uuid")
    crowd = query("SELECT mid, model, family, params_b, origin FROM models ORDER BY model")
    models = tuple(Model(row["model"], row["family"], row["params_b"], row["origin"]) for row in crowd.to_pylist())
    row_of = _places(_numbers(rows["iid"]))
    model_of = _places(_numbers(crowd["mid"]))
    shape = (len(models), rows.num_rows)
    tags, places = _tags(query, row_of)
    signals, response_signals = read_signals(query, row_of, model_of, shape)
    keys = _numbers(rows["iid"]).astype(np.int32)

    pool = Pool(
        uuids=_strings(rows["uuid"]),
        models=models,
        scores=_scores(query, row_of, model_of, shape),
        instruction_words=_numbers(rows["n_words"]).astype(np.int32),
        response_words=_response_words(query, row_of, model_of, shape),
        sources=_strings(rows["source"]),
        signals=signals,
        response_signals=response_signals,
        clusterings=_clusterings(query, row_of, shape[1]),
        projections=_projections(query, row_of, shape[1]),
        tags=tags,
        tag_places=places,
        duplicates=_duplicates(query, row_of),
        embeddings=tuple(query(SETS)["name"].to_pylist()),
        synthetic=query("SELECT 1 FROM meta WHERE key = 'synthetic' AND value = 'true'").num_rows > 0,
        vectors=lru_cache(maxsize=1)(partial(read_vectors, source, row_of, shape[1]))
        if isinstance(source, Build)
        else None,
        keys=keys,
        same_words=(lambda at, ones, others: same_words(source, keys[at].tolist(), ones, others))
        if isinstance(source, Build)
        else None,
        find=(lambda text: row_of[with_text(source, text)]) if isinstance(source, Build) else None,
    )
    _freeze(pool)
    return pool


def _places(ids: np.ndarray) -> np.ndarray:
    """id -> its place in `ids`; for an id that is not there, a place that is an error to look at."""
    places = np.full(int(ids.max()) + 1 if len(ids) else 0, NOWHERE, dtype=np.int32)
    places[ids] = np.arange(len(ids), dtype=np.int32)
    return places


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return _filled(column).to_numpy()


def _strings(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(_filled(column).to_pylist(), dtype=object)


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column, in which no writer leaves a gap; ValueError where there is one."""
    if column.null_count:
        raise ValueError(f"{column.null_count:,} of {len(column):,} values are missing")
    return column


def _scores(query: Query, row_of: np.ndarray, model_of: np.ndarray, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    names = query("SELECT rid, reward_model FROM reward_models ORDER BY reward_model").to_pylist()
    matrices = {row["reward_model"]: np.full(shape, np.nan) for row in names}
    for part in in_batches(query, "score_values", "iid, mid, rid, score", len(row_of)):
        iid, mid, rid, score = map(_numbers, part.columns)
        for row in names:
            here = rid == row["rid"]
            matrices[row["reward_model"]][model_of[mid[here]], row_of[iid[here]]] = score[here]
    return matrices


def _response_words(query: Query, row_of: np.ndarray, model_of: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    words = np.full(shape, -1, dtype=np.int32)
    for part in in_batches(query, "answers", "iid, mid, n_words", len(row_of)):
        iid, mid, n_words = map(_numbers, part.columns)
        words[model_of[mid], row_of[iid]] = n_words
    return words


def _by_name(query: Query, sql: str, name: str) -> dict[str, pa.Table]:
    """The rows of `sql` for each value of its column `name`, in name order."""
    table = query(sql)
    names: Sequence[Any] = sorted(table[name].unique().to_pylist())
    column = _strings(table[name])
    return {value: table.filter(pa.array(column == value)) for value in names}


def _clusterings(query: Query, row_of: np.ndarray, n: int) -> dict[str, Clustering]:
    names: dict[str, dict[int, str]] = {}
    for row in query("SELECT clustering, cluster, name FROM cluster_names").to_pylist():
        names.setdefault(row["clustering"], {})[row["cluster"]] = row["name"]
    clusterings = {}
    members = _by_name(query, "SELECT iid, clustering, cluster FROM cluster_members", "clustering")
    for clustering, rows in sorted(members.items(), key=lambda item: item[0] == LANGUAGE):  # the first is the default
        codes = np.full(n, -1, dtype=np.int32)
        codes[row_of[_numbers(rows["iid"])]] = _numbers(rows["cluster"])
        clusterings[clustering] = Clustering(codes, names.get(clustering, {}))
    return clusterings


def _projections(query: Query, row_of: np.ndarray, n: int) -> dict[str, np.ndarray]:
    projections = {}
    for name, rows in _by_name(query, "SELECT iid, projection, x, y FROM points", "projection").items():
        places = np.full((n, 2), np.nan, dtype=np.float32)
        places[row_of[_numbers(rows["iid"])]] = np.column_stack([_numbers(rows["x"]), _numbers(rows["y"])])
        projections[name] = places
    return projections


def _tags(query: Query, row_of: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The rows of each tag, in name order, and the tag's place in each; no places where the build holds none."""
    table = query("SELECT * FROM tag_values")  # older builds have no column place
    names = sorted(table["tag"].unique().to_pylist())
    codes = _numbers(pc.index_in(table["tag"], pa.array(names, pa.string())))
    rows = row_of[_numbers(table["iid"])]
    order = np.lexsort((rows, codes))
    starts = np.searchsorted(codes[order], np.arange(1, len(names)))

    def by_tag(values: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, np.split(values[order], starts), strict=True)) if names else {}

    known = "place" in table.column_names and not table["place"].null_count
    return by_tag(rows), by_tag(_numbers(table["place"])) if known else {}


def _duplicates(query: Query, row_of: np.ndarray) -> dict[str, Links]:
    """The links that the job `duplicates` found, by its method; none in older builds, which have no such tables."""
    if not query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'duplicate_sets'").num_rows:
        return {}
    found = {}
    thresholds = query("SELECT method, threshold FROM duplicate_sets ORDER BY method").to_pylist()
    links = query("SELECT method, iid, other, similarity FROM duplicate_links")
    for row in thresholds:
        mine = links.filter(pc.equal(links["method"], row["method"]))
        pairs = np.stack([row_of[_numbers(mine[name])] for name in ("iid", "other")], axis=1)
        found[row["method"]] = Links(pairs, _numbers(mine["similarity"]), row["threshold"])
    return found


def _freeze(pool: Pool) -> None:
    """Sessions share these arrays: make a write to one an error."""
    arrays = [pool.uuids, pool.instruction_words, pool.response_words, pool.sources]
    arrays += [*pool.scores.values(), *pool.signals.values(), *pool.projections.values()]
    arrays += pool.response_signals.values()
    arrays += [*pool.tags.values(), *pool.tag_places.values()]
    arrays += [clustering.codes for clustering in pool.clusterings.values()]
    arrays += [pool.keys] if pool.keys is not None else []
    for array in arrays:
        array.flags.writeable = False
