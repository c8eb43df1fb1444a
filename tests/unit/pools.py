"""Small pools for tests, drawn by Hypothesis or made by hand."""

import numpy as np
from hypothesis import strategies as st

from crowdselect.pool import Clustering, Model, Pool

FAMILIES = (("a-1b", "a", 1.0), ("a-7b", "a", 7.0), ("b-3b", "b", 3.0), ("b-9b", "b", 9.0), ("b-70b", "b", 70.0))


def make_pool(
    scores: np.ndarray,  # (models <= 5, n)
    *,
    uuids: list[str] | None = None,
    clusters: np.ndarray | None = None,
    signals: dict[str, np.ndarray] | None = None,
) -> Pool:
    """A pool of one reward model `rm`, its rows put in uuid order."""
    m, n = scores.shape
    names = np.array(uuids if uuids is not None else [f"u{row:04d}" for row in range(n)], dtype=object)
    order = np.argsort(names)
    codes = np.zeros(n, dtype=np.int32) if clusters is None else np.asarray(clusters, dtype=np.int32)
    return Pool(
        uuids=names[order],
        models=tuple(Model(*family) for family in FAMILIES[:m]),
        scores={"rm": np.ascontiguousarray(scores[:, order], dtype=np.float64)},
        instruction_words=(np.arange(n, dtype=np.int32) % 7 + 1)[order],
        response_words=np.full((m, n), 3, dtype=np.int32),
        sources=np.array(["web" if row % 2 else "book" for row in range(n)], dtype=object)[order],
        signals={name: values[order] for name, values in (signals or {}).items()},
        clusterings={"c": Clustering(codes[order])},
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


def shuffled(pool: Pool, seed: int) -> Pool:
    """The same instructions, arriving in another order."""
    order = np.random.default_rng(seed).permutation(len(pool))
    clusters = pool.clusterings["c"].codes[order]
    again = make_pool(pool.scores["rm"][:, order], uuids=list(pool.uuids[order]), clusters=clusters)
    return again
