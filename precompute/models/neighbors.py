"""The nearest neighbours of every row, by Euclidean distance: what t-SNE and UMAP build upon."""

import numpy as np

EXACT_ROWS = 150_000  # exact up to here (about a minute of one core at 100,000 rows); approximate above


def neighbors(vectors: np.ndarray, k: int, seed: int, exact_rows: int = EXACT_ROWS) -> tuple[np.ndarray, np.ndarray]:
    """(rows, distances) of the k nearest other rows, nearest first: (n, k) int64 and float64.

    The same for a seed whatever the number of threads: each row's exact search stands alone, and the approximate one
    runs on one thread.
    """
    if len(vectors) <= exact_rows:
        from sklearn.neighbors import NearestNeighbors

        distances, rows = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(vectors).kneighbors()
        return rows, distances
    from pynndescent import NNDescent

    index = NNDescent(vectors, n_neighbors=k + 1, random_state=seed, n_jobs=1)
    rows, distances = index.neighbor_graph
    return rows[:, 1:].astype(np.int64), distances[:, 1:].astype(np.float64)
