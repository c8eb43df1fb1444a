"""Small pools for tests, drawn by Hypothesis or made by hand."""

import numpy as np
from hypothesis import strategies as st

from crowdselect.pool import Clustering, Model, Pool

FAMILIES = (("a-1b", "a", 1.0), ("a-7b", "a", 7.0), ("b-3b", "b", 3.0), ("b-9b", "b", 9.0), ("b-70b", "b", 70.0))
TAGS = ("art", "code", "law", "maths", "zoo")


def make_pool(
    scores: np.ndarray,  # (models <= 5, n)
    *,
    uuids: list[str] | None = None,
    clusters: np.ndarray | None = None,
    signals: dict[str, np.ndarray] | None = None,
    words: np.ndarray | None = None,  # (n,) of the instruction
    tags: list[list[str]] | None = None,  # of each row, in its order
    vectors: np.ndarray | None = None,  # (n, dim)
) -> Pool:
    """A pool of one reward model `rm`, its rows put in uuid order."""
    m, n = scores.shape
    names = np.array(uuids if uuids is not None else [f"u{row:04d}" for row in range(n)], dtype=object)
    order = np.argsort(names)
    codes = np.zeros(n, dtype=np.int32) if clusters is None else np.asarray(clusters, dtype=np.int32)
    lengths = np.arange(n) % 7 + 1 if words is None else words
    sorted_vectors = None if vectors is None else vectors[order].astype(np.float32)
    places: dict[str, list[tuple[int, int]]] = {}
    for row, arrived in enumerate(order if tags is not None else ()):
        for place, tag in enumerate(tags[arrived]):
            places.setdefault(tag, []).append((row, place))
    return Pool(
        uuids=names[order],
        models=tuple(Model(*family) for family in FAMILIES[:m]),
        scores={"rm": np.ascontiguousarray(scores[:, order], dtype=np.float64)},
        instruction_words=lengths.astype(np.int32)[order],
        response_words=np.full((m, n), 3, dtype=np.int32),
        sources=np.array(["web" if row % 2 else "book" for row in range(n)], dtype=object)[order],
        signals={name: values[order] for name, values in (signals or {}).items()},
        clusterings={"c": Clustering(codes[order])},
        tags={tag: np.array([row for row, _ in places[tag]]) for tag in sorted(places)},
        tag_places={tag: np.array([place for _, place in places[tag]]) for tag in sorted(places)},
        vectors=None if sorted_vectors is None else lambda name: sorted_vectors,
    )


SCORES = st.one_of(st.sampled_from([0.0, 1.0, -1.0]), st.floats(-100, 100, allow_subnormal=False))


@st.composite
def pools(draw: st.DrawFn, max_rows: int = 25) -> Pool:
    """Pools with ties, missing scores, any text as uuid, and rows without a cluster."""
    n, m = draw(st.integers(1, max_rows)), draw(st.integers(1, 5))
    cell = st.one_of(SCORES, st.just(float("nan"))) if draw(st.booleans()) else SCORES
    scores = np.array(draw(st.lists(st.lists(cell, min_size=n, max_size=n), min_size=m, max_size=m)))
    text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
    uuids = draw(st.lists(text, min_size=n, max_size=n, unique=True))
    clusters = np.array(draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)))
    return make_pool(scores, uuids=uuids, clusters=clusters)


@st.composite
def signalled_pools(draw: st.DrawFn, max_rows: int = 25) -> Pool:
    """Pools that also have tags, embeddings and every signal a strategy asks for, all with gaps and ties."""
    pool = draw(pools(max_rows))
    n, drawn = len(pool), np.random.default_rng(draw(st.integers(0, 2**32)))
    signals = {}
    for name in ("ifd", "ifd_ppl", "direct_score", "tokens_response", "tokens_instruction"):
        signals[name] = drawn.choice([np.nan, 0.25, 0.5, 0.75, 1.0, 1.25], n)
    signals["ifd_dropped"] = drawn.choice([np.nan, 0.0, 0.0, 1.0], n)
    vectors = drawn.integers(-2, 3, (n, 2)).astype(np.float64)
    vectors[drawn.random(n) < 0.1] = np.nan
    # one tag at least, so that the pool is a tagged one
    tags = [list(drawn.permutation(TAGS)[: drawn.integers(0 if row else 1, 4)]) for row in range(n)]
    return make_pool(
        pool.scores["rm"],
        uuids=list(pool.uuids),
        clusters=pool.clusterings["c"].codes,
        signals=signals,
        words=drawn.integers(1, 9, n),
        tags=tags,
        vectors=vectors,
    )


def tag_lists(pool: Pool) -> list[list[str]]:
    """The tags of each row, in their order."""
    found: list[list[tuple[int, str]]] = [[] for _ in range(len(pool))]
    for tag, rows in pool.tags.items():
        for row, place in zip(rows, pool.tag_places[tag], strict=True):
            found[row].append((int(place), tag))
    return [[tag for _, tag in sorted(entries)] for entries in found]


def shuffled(pool: Pool, seed: int) -> Pool:
    """The same instructions, arriving in another order."""
    order = np.random.default_rng(seed).permutation(len(pool))
    lists = tag_lists(pool)
    return make_pool(
        pool.scores["rm"][:, order],
        uuids=list(pool.uuids[order]),
        clusters=pool.clusterings["c"].codes[order],
        signals={name: values[order] for name, values in pool.signals.items()},
        words=pool.instruction_words[order],
        tags=[lists[row] for row in order],
        vectors=pool.vectors(None)[order] if pool.vectors else None,
    )
