"""Project: maps that keep neighbours together, the same for a seed, at every size."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from precompute.jobs import project
from precompute.models.layouts import framed, pca_layout, tsne_layout, umap_layout
from precompute.models.neighbors import neighbors
from tests.unit.jobs_by_hand import attach_vectors, run_job, work_database

pytestmark = pytest.mark.slow  # torch, numba or scikit-learn at work

ROOT = Path(__file__).resolve().parent.parent.parent
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "pca": pca_layout,
    "tsne": lambda vectors: tsne_layout(vectors, 42, 30),
    "umap": lambda vectors: umap_layout(vectors, 42, 15, 0.1),
}


def islands(rows: int, dim: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(vectors, the island of each): five far groups."""
    rng = np.random.default_rng(seed)
    island = rng.integers(0, 5, rows)
    return (rng.normal(size=(5, dim))[island] * 4 + rng.normal(size=(rows, dim))).astype(np.float32), island


def assert_framed(points: np.ndarray, n: int) -> None:
    assert points.shape == (n, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    if points.any():
        assert np.abs(points).max() == pytest.approx(1)
        assert points.max(axis=0) + points.min(axis=0) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("method", LAYOUTS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 10, 40])
def test_few_rows(method: str, n: int) -> None:
    assert_framed(LAYOUTS[method](islands(n)[0]), n)


@pytest.mark.parametrize("method", LAYOUTS)
def test_equal_rows_are_one_point(method: str) -> None:
    vectors = np.full((30, 8), 0.3, dtype=np.float32)
    assert not LAYOUTS[method](vectors).any()


@pytest.mark.parametrize("method", LAYOUTS)
def test_mostly_equal_rows(method: str) -> None:
    vectors = np.zeros((60, 8), dtype=np.float32)
    vectors[::20] = np.eye(8, dtype=np.float32)[:3]
    assert_framed(LAYOUTS[method](vectors), 60)


@pytest.mark.parametrize("method", LAYOUTS)
def test_one_dimension(method: str) -> None:
    assert_framed(LAYOUTS[method](np.linspace(-1, 1, 20, dtype=np.float32)[:, None]), 20)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_neighbours_stay_together(method: str) -> None:
    vectors, island = islands(300)
    nearest, _ = neighbors(LAYOUTS[method](vectors), 5, 0)
    assert (island[nearest] == island[:, None]).mean() > 0.97


def test_pca_is_that_of_the_covariance_with_a_fixed_sign() -> None:
    vectors = islands(200)[0]
    values, axes = np.linalg.eigh(np.cov(vectors.astype(np.float64).T))
    axes = axes[:, np.argsort(-values)[:2]]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    assert np.abs(pca_layout(vectors) - framed((vectors - vectors.mean(0)) @ axes)).max() < 1e-4


def test_neighbours_are_the_nearest_others() -> None:
    vectors = islands(60)[0]
    rows, distances = neighbors(vectors, 7, 0)
    every = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(every, np.inf)
    assert (rows == np.argsort(every, axis=1)[:, :7]).all()
    assert np.abs(distances - np.sort(every, axis=1)[:, :7]).max() < 1e-4


def test_approximate_neighbours_are_nearly_the_exact_ones() -> None:
    vectors = islands(1500)[0]
    exact, _ = neighbors(vectors, 15, 0)
    near, distances = neighbors(vectors, 15, 0, exact_rows=0)
    overlap = np.mean([len({*a} & {*b}) / 15 for a, b in zip(exact, near, strict=True)])
    assert overlap > 0.95
    assert (near != np.arange(1500)[:, None]).all()
    assert (np.diff(distances, axis=1) >= 0).all()


def test_maps_of_the_real_pool_keep_as_many_neighbours_as_scikit_learns_tsne(alpacaeval: Path) -> None:
    """802 rows on all sorts of subjects have few true neighbours: the reference itself keeps 0.85."""
    from sklearn.manifold import TSNE, trustworthiness

    vectors = np.load(alpacaeval / "reference" / "embeddings.npy", allow_pickle=False)
    reference = trustworthiness(vectors, TSNE(random_state=0).fit_transform(vectors), n_neighbors=15)
    kept = {name: trustworthiness(vectors, layout(vectors), n_neighbors=15) for name, layout in LAYOUTS.items()}
    assert kept["tsne"] >= reference - 0.005
    assert kept["umap"] >= reference - 0.025
    assert kept["tsne"] > kept["pca"] + 0.1


def test_threads_change_no_bit() -> None:
    """t-SNE by tree, and by interpolation as from FFT_ROWS on; UMAP above the 4,096 rows that it calls small."""
    code = (
        "import hashlib; from precompute.models import layouts; from tests.unit.test_project import LAYOUTS, islands\n"
        "layouts.FFT_ROWS = 2000\n"
        "for method, rows in (('pca', 3000), ('tsne', 600), ('tsne', 2500), ('umap', 4200)):"
        " points = LAYOUTS[method](islands(rows, 60)[0]);"
        " print(method, rows, hashlib.sha256(points.tobytes()).hexdigest())"
    )
    made = []
    for threads, taskset in (("1", "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"), ("2", "")):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", taskset + code],
            cwd=ROOT,
            env={"PATH": "/usr/bin", **dict.fromkeys(names, threads)},
            capture_output=True,
            check=True,
            text=True,
        )
        made.append(run.stdout.splitlines())
    assert len(made[0]) == 4
    assert made[0] == made[1]


def test_row_order_in_the_database_changes_nothing(tmp_path: Path) -> None:
    vectors, _ = islands(80)
    uuids = [f"u{number:03}" for number in range(80)]
    found = []
    for turn, order in enumerate((range(80), np.random.default_rng(1).permutation(80))):
        (tmp_path / str(turn)).mkdir()
        db = work_database(tmp_path / str(turn), {uuids[row]: "text" for row in order})
        attach_vectors(db, [vectors[row] for row in order])
        assert run_job(db, project, project.Params()) == 240
        assert run_job(db, project, project.Params()) == 0, "they are there already"
        found.append(db.execute("SELECT projection, uuid, x, y FROM projections ORDER BY 1, 2").fetchall())
    assert found[0] == found[1]
    project.clear(db, "umap")
    assert db.execute("SELECT DISTINCT projection FROM projections ORDER BY 1").fetchall() == [("pca",), ("tsne",)]


def test_rows_without_an_embedding_have_no_point(tmp_path: Path) -> None:
    db = work_database(tmp_path, {"a": "x", "b": "y", "c": "z"})
    attach_vectors(db, [[0, 1], [1, 0]])
    run_job(db, project, project.Params(methods="pca"))
    assert db.execute("SELECT uuid, x, y FROM projections ORDER BY uuid").fetchall() in (
        [("a", -1.0, 0.0), ("b", 1.0, 0.0)],
        [("a", 1.0, 0.0), ("b", -1.0, 0.0)],
    )


def test_parameters() -> None:
    assert project.outputs(project.Params()) == ["pca", "tsne", "umap"]
    assert project.outputs(project.Params(methods="umap, pca")) == ["umap", "pca"]
    assert project.outputs(project.Params(methods=["pca", "pca"])) == ["pca"]
    assert "methods" not in project.Params().model_dump(), "a method asked for more does not undo the others"
    for wrong in ({"methods": []}, {"methods": ["lda"]}, {"perplexity": 0}, {"n_neighbors": 1}, {"min_dist": 2}):
        with pytest.raises(ValidationError):
            project.Params(**wrong)
