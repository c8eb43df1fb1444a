"""Cluster: quality, labels that stay, edge cases, names, and which embeddings are meant."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from crowdselect.errors import UserError
from precompute.demo_texts import instructions
from precompute.jobs import cluster
from precompute.jobs.embedding_sets import choose_set
from precompute.models.kmeans import by_size, kmeans
from precompute.models.load_embedder import load_embedder
from precompute.models.top_words import top_words
from tests.unit.jobs_by_hand import attach_vectors, run_job, work_database

pytestmark = pytest.mark.slow  # torch, numba or scikit-learn at work

ROOT = Path(__file__).resolve().parent.parent.parent
HASH = (
    "import numpy as np, hashlib; from precompute.models.kmeans import kmeans;"
    "v = np.random.default_rng(1).normal(size=(12_000, 24)).astype('f4');"
    "print(hashlib.sha256(kmeans(v, 12, 42).tobytes()).hexdigest())"
)


def inertia(vectors: np.ndarray, labels: np.ndarray) -> float:
    return sum(float(((part - part.mean(0)) ** 2).sum()) for part in (vectors[labels == c] for c in np.unique(labels)))


def test_inertia_is_that_of_twenty_starts(alpacaeval: Path) -> None:
    vectors = np.load(alpacaeval / "reference" / "embeddings.npy", allow_pickle=False)
    reference = KMeans(30, n_init=20, random_state=0).fit(vectors).inertia_
    assert inertia(vectors, kmeans(vectors, 30, 42)) <= 1.002 * reference


def test_the_sample_is_enough() -> None:
    """More rows than the sample holds: the same inertia as starts on all of them."""
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(40, 16))[rng.integers(0, 40, 30_000)] + rng.normal(size=(30_000, 16)) * 0.6).astype(
        "f4"
    )
    reference = KMeans(20, n_init=3, random_state=0).fit(vectors).inertia_
    assert inertia(vectors, kmeans(vectors, 20, 42)) <= 1.01 * reference


def test_domains_are_found_again() -> None:
    made = instructions(400, np.random.default_rng(3))
    vectors = load_embedder("all-MiniLM-L6-v2").embed(made.texts)
    assert adjusted_rand_score(made.domains, kmeans(vectors, 12, 42)) > 0.5


def test_threads_change_no_label() -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", HASH],
            cwd=ROOT,
            env={"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PATH": "/usr/bin"},
            capture_output=True,
            check=True,
        ).stdout.strip()
        for threads in ("1", "2", "4")
    }
    assert len(made) == 1
    vectors = np.random.default_rng(1).normal(size=(12_000, 24)).astype("f4")
    assert made == {hashlib.sha256(kmeans(vectors, 12, 42).tobytes()).hexdigest().encode()}


def test_labels_go_by_size_then_first_row() -> None:
    assert by_size(np.array([7, 3, 3, 9, 7, 5])).tolist() == [0, 1, 1, 2, 0, 3]


@pytest.mark.parametrize("n", [0, 1, 2, 10])
def test_few_rows(n: int, caplog: pytest.LogCaptureFixture) -> None:
    labels = kmeans(np.eye(12, dtype=np.float32)[:n], 30, 42)
    assert labels.tolist() == list(range(n))


def test_fewer_distinct_rows_than_clusters() -> None:
    vectors = np.array([[0, 1], [1, 0], [0.0, 1], [-0.0, 1]], dtype=np.float32)
    assert kmeans(vectors, 3, 42).tolist() == [0, 1, 0, 0]


def test_row_order_in_the_database_changes_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    points = {f"u{number:03}": rng.normal(size=4) for number in range(120)}
    found = []
    for turn in range(2):
        uuids = list(points) if turn == 0 else list(rng.permutation(list(points)))
        (tmp_path / str(turn)).mkdir()
        db = work_database(tmp_path / str(turn), {uuid: f"about river number {uuid}" for uuid in uuids})
        attach_vectors(db, [points[uuid] for uuid in uuids])
        assert run_job(db, cluster, cluster.Params(k=7)) == 120
        assert run_job(db, cluster, cluster.Params(k=7)) == 0, "it is there already"
        members = db.execute(
            "SELECT uuid, cluster FROM clusters WHERE clustering = 'kmeans-7' ORDER BY uuid"
        ).fetchall()
        names = db.execute("SELECT cluster, name FROM cluster_names ORDER BY cluster").fetchall()
        found.append((members, names))
    assert found[0] == found[1]
    sizes = np.bincount([label for _, label in found[0][0]])
    assert (np.diff(sizes) <= 0).all()
    assert len(found[0][1]) == 7


def test_rows_without_an_embedding_have_no_cluster_and_clear_empties(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "x", "b": "y", "c": "z"})
    attach_vectors(db, [[0, 1], [1, 0]])
    assert run_job(db, cluster, cluster.Params(name="mine")) == 2
    assert db.execute("SELECT uuid FROM clusters ORDER BY uuid").fetchall() == [("a",), ("b",)]
    cluster.clear(db, "mine")
    assert db.execute("SELECT count(*) FROM clusters").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM cluster_names").fetchone() == (0,)


def test_which_embeddings(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "x"})
    with pytest.raises(UserError, match="run the job embed first"):
        choose_set(db, None)
    attach_vectors(db, [[0, 1]], "mine")
    assert choose_set(db, None).name == "mine/instruction"
    attach_vectors(db, [[1, 1]], "yours")
    with pytest.raises(UserError, match="one of mine/instruction, yours/instruction"):
        choose_set(db, None)
    assert choose_set(db, "yours") == choose_set(db, "yours/instruction")
    with pytest.raises(UserError, match="Unknown embeddings 'ours'; choose one of mine/instruction"):
        choose_set(db, "ours")
    db.execute("INSERT INTO embedding_sets VALUES (3, 'instruction', 'org/minilm', 2, 'computed')")
    db.execute("INSERT INTO embedding_sets VALUES (4, 'response', 'org/minilm', 2, 'computed')")
    assert choose_set(db, None).name == "org/minilm/instruction"
    assert choose_set(db, "org/minilm/response").set_id == 4
    with pytest.raises(UserError, match="Several"):
        choose_set(db, "org/minilm")


@pytest.mark.parametrize("wrong", [[1.0, float("nan")], [1.0], [float("inf"), 0.0]])
def test_a_broken_vector_is_named(tmp_path: Path, wrong: list[float]) -> None:
    db = work_database(tmp_path, {"a": "x", "b": "y", "c": "z"})
    attach_vectors(db, [[0, 1], wrong, [1, 0]])
    with pytest.raises(UserError, match="row 'b'"):
        run_job(db, cluster, cluster.Params())


def test_top_words_set_clusters_apart() -> None:
    texts = ["the river and the boat", "a boat on a river", "stars and planets", "planets, stars; stars!"]
    names = top_words(texts, np.array([0, 0, 4, 4]))
    assert names == {0: "boat, river", 4: "stars, planets"}
    assert top_words(["12 3", "?"], np.array([0, 1])) == {}
    assert top_words(["river", "?"], np.array([0, 1])) == {0: "river"}
    assert top_words(["one river"], np.array([0])) == {0: "river"}


def test_parameters() -> None:
    assert cluster.outputs(cluster.Params()) == ["kmeans-30"]
    assert cluster.outputs(cluster.Params(k=5, name="five")) == ["five"]
    for wrong in ({"k": 0}, {"seed": -1}, {"clusters": 3}):
        with pytest.raises(ValidationError):
            cluster.Params(**wrong)
