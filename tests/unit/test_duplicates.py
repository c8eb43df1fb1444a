"""Near-duplicates: what the job links, and what a recipe makes of the links."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowdselect.constraints.duplicates import groups_at
from crowdselect.pool import Links
from crowdselect.store.pool import load_pool
from precompute.jobs import duplicates
from precompute.models.near_duplicates import by_embedding, by_minhash
from tests.unit.jobs_by_hand import attach_vectors, run_job, work_database

TEXTS = [
    "Write a short story about a lighthouse keeper who finds a message in a bottle after a storm.",
    "Write a short story about a lighthouse keeper who finds a message in a bottle after a storm!",
    "write a  short story about a lighthouse keeper who finds a message in a bottle after a STORM.",
    "Explain the difference between a list and a tuple in Python, with an example of each.",
    "",
    "ok",
    "写一首关于春天的诗，要有花和雨，每行七个字，一共八行。",
    "写一首关于春天的诗，要有花和雨，每行七个字，一共八行！",
]


def groups_of(pairs: tuple, threshold: float, n: int) -> list[int]:
    one, two, alike = pairs
    codes = groups_at(Links(np.stack([one, two], axis=1), alike, 0.0), threshold, n)
    return [int(code) for code in codes]


def test_minhash_finds_what_is_nearly_the_same() -> None:
    codes = groups_of(by_minhash(TEXTS, 0.7, 256, 42), 0.7, len(TEXTS))
    assert codes[0] == codes[1] == codes[2] >= 0
    assert codes[6] == codes[7] >= 0
    assert codes[0] != codes[6]
    assert codes[3] == codes[4] == codes[5] == -1, "an empty text resembles nothing"
    again = by_minhash(TEXTS, 0.7, 256, 42)
    assert all((a == b).all() for a, b in zip(again, by_minhash(TEXTS, 0.7, 256, 42), strict=True))


def test_a_thousand_copies_are_a_chain() -> None:
    one, two, alike = by_minhash([TEXTS[0]] * 1000, 0.7, 64, 1)
    assert len(one) == 999
    assert (alike == 1).all()
    assert len(set(groups_of((one, two, alike), 1.0, 1000))) == 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(2, 60), threshold=st.sampled_from([0.5, 0.8]))
def test_the_links_of_embeddings_join_what_all_pairs_join(seed: int, n: int, threshold: float) -> None:
    vectors = np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)
    wide = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    alike = np.round(wide @ wide.T, 7)
    pairs = by_embedding(vectors, threshold)
    assert len(pairs[0]) < n
    for each in (threshold, 0.9, 0.97):
        one, two = np.nonzero(np.triu(alike >= each, 1))
        everyone = groups_of((one, two, alike[one, two]), each, n)
        assert groups_of(pairs, each, n) == everyone


@pytest.mark.slow
def test_the_job_writes_what_the_pool_reads(tmp_path: Path) -> None:
    texts = {f"u{place}": text for place, text in enumerate(TEXTS)}
    found = []
    for turn, order in enumerate((list(texts), list(reversed(texts)))):
        (tmp_path / str(turn)).mkdir()
        db = work_database(tmp_path / str(turn), {uuid: texts[uuid] for uuid in order})
        attach_vectors(db, [[float(int(uuid[1:]) // 2), 1.0] for uuid in order])
        params = duplicates.Params()
        assert run_job(db, duplicates, params) > 0
        assert run_job(db, duplicates, params) == 0, "they are there already"
        pool = load_pool(db)
        assert pool.duplicates["minhash"].threshold == 0.7
        codes = groups_at(pool.duplicates["minhash"], 0.7, len(pool)).tolist()
        assert codes[0] == codes[1] == codes[2] != codes[6] == codes[7]
        found.append((codes, groups_at(pool.duplicates["embedding"], 0.9, len(pool)).tolist(),
                      db.execute("FROM duplicates ORDER BY ALL").fetchall()))  # fmt: skip
        duplicates.clear(db, "minhash")
        assert list(load_pool(db).duplicates) == ["embedding"]
    assert found[0][:2] == found[1][:2]
    assert {frozenset(row[1:3]) for row in found[0][2]} == {frozenset(row[1:3]) for row in found[1][2]}


def test_without_embeddings_minhash_alone_can_run() -> None:
    assert duplicates.needs(duplicates.Params.model_validate({"methods": "minhash"})) == ["instructions"]
    assert duplicates.outputs(duplicates.Params.model_validate({"methods": "embedding, minhash"})) == [
        "embedding",
        "minhash",
    ]
    assert len(duplicates.needs(duplicates.Params())) == 2
