"""The t-SNE map beside scikit-learn's on the raw vectors, and the other maps' own times."""

import numpy as np

from precompute.models.layouts import pca_layout, tsne_layout, umap_layout
from tests.benchmarks.timing import once
from tests.benchmarks.vectors import sphere

REFERENCE = 2_000  # rows for scikit-learn, whose time grows with n log n
JUDGED = 5_000  # rows on which trustworthiness is measured


def bench(rows: int) -> dict[str, float]:
    from sklearn.manifold import TSNE

    few = sphere(min(rows, REFERENCE))
    once_few = once(lambda: TSNE(random_state=0).fit_transform(few))
    grown = rows * np.log(rows) / (len(few) * np.log(len(few)))
    vectors = sphere(rows)
    points: list[np.ndarray] = []
    seconds = once(lambda: points.append(tsne_layout(vectors, 42, 30)))
    kept = trust(vectors, points[0])
    return {"rows": rows, "seconds": seconds, "reference_seconds": once_few * grown, "trustworthiness_15": kept}


def pca(rows: int) -> dict[str, float]:
    vectors = sphere(rows)
    return {"rows": rows, "seconds": once(lambda: pca_layout(vectors))}


def umap(rows: int) -> dict[str, float]:
    """With the time that numba takes to compile, which every process pays once."""
    vectors = sphere(rows)
    points: list[np.ndarray] = []
    seconds = once(lambda: points.append(umap_layout(vectors, 42, 15, 0.1)))
    return {"rows": rows, "seconds": seconds, "trustworthiness_15": trust(vectors, points[0])}


def trust(vectors: np.ndarray, points: np.ndarray) -> float:
    """Trustworthiness at 15 neighbours of the first rows' points among themselves, at most JUDGED of them."""
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(vectors[:JUDGED], points[:JUDGED], n_neighbors=15))
