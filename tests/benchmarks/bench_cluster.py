"""k-means beside scikit-learn with twenty starts on all rows."""

import numpy as np

from precompute.models.kmeans import kmeans
from tests.benchmarks.timing import once
from tests.benchmarks.vectors import sphere

REFERENCE = 5_000  # rows; its time grows at least in proportion
K = 30


def bench(rows: int) -> dict[str, float]:
    """The inertia ratio is over the reference's rows, both ways."""
    from sklearn.cluster import KMeans

    vectors = sphere(rows)
    seconds = once(lambda: kmeans(vectors, K, 42))
    few = vectors[:REFERENCE]
    reference = KMeans(K, n_init=20, random_state=42)
    reference_seconds = once(lambda: reference.fit(few)) * rows / len(few)
    ours = inertia(few, kmeans(few, K, 42)) / reference.inertia_
    return {"rows": rows, "seconds": seconds, "reference_seconds": reference_seconds, "inertia_ratio": ours}


def inertia(vectors: np.ndarray, labels: np.ndarray) -> float:
    return float(sum(((vectors[labels == c] - vectors[labels == c].mean(0)) ** 2).sum() for c in np.unique(labels)))
