"""Vectors to points on a map: PCA, t-SNE, UMAP.

All take (n, dim) float32 rows in a fixed order and give (n, 2) float32 points in a common frame: the middle of their
box is the origin and the farthest coordinate is 1. The same points for a seed, whatever the number of threads. Rows
that t-SNE or UMAP cannot lay out (fewer than MIN_ROWS, or all equal) get their PCA points, which for equal rows are 0.
"""

import warnings

import numpy as np

from precompute.models.neighbors import neighbors
from precompute.models.threads import cores, one_thread

COMPONENTS = 50  # principal components that t-SNE and UMAP see: the rest is mostly noise, and costs time
MIN_ROWS = 5
FFT_ROWS = 10_000  # from here on, t-SNE's forces by interpolation instead of by tree
EQUAL = 1e-9  # a spread below this share of the vectors' size is rounding: the rows are equal


def pca_layout(vectors: np.ndarray) -> np.ndarray:
    """The first two principal components; the largest loading of each is positive."""
    return framed(_components(vectors)[:, :2])


def tsne_layout(vectors: np.ndarray, seed: int, perplexity: float) -> np.ndarray:
    """openTSNE from a PCA start, over exact neighbours. Perplexity is lowered where there are too few rows for it."""
    components = _components(vectors)
    n = len(components)
    if n < MIN_ROWS or not components.any():
        return framed(components[:, :2])
    from openTSNE import TSNE, affinity, initialization
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    k = min(n - 1, int(3 * perplexity))
    index = PrecomputedNeighbors(*neighbors(components, k, seed))
    method, threads = ("fft", cores()) if n >= FFT_ROWS else ("bh", 1)  # small forces end before threads have met
    affinities = affinity.PerplexityBasedNN(knn_index=index, perplexity=min(perplexity, k / 3), n_jobs=threads)
    model = TSNE(negative_gradient_method=method, random_state=seed, n_jobs=threads)
    start = initialization.rescale(components[:, :2].astype(np.float64))
    points = model.fit(affinities=affinities, initialization=start)
    return framed(np.asarray(points))


def umap_layout(vectors: np.ndarray, seed: int, n_neighbors: int, min_dist: float) -> np.ndarray:
    """umap-learn from a PCA start, over exact neighbours: no spectral start, which fails on separate islands."""
    components = _components(vectors)
    n = len(components)
    if n < MIN_ROWS or not components[:, 1].any():  # rows on a line, too: UMAP scales each axis of its start
        return framed(components[:, :2])
    from umap import UMAP

    k = min(n_neighbors, n)
    rows, distances = neighbors(components, k - 1, seed)
    itself = np.arange(n)[:, None]  # UMAP counts a row as its own first neighbour
    graph = (np.hstack([itself, rows]), np.hstack([np.zeros((n, 1)), distances]).astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = UMAP(
            n_neighbors=k,
            min_dist=min_dist,
            random_state=seed,
            n_jobs=1,
            precomputed_knn=graph,
            init=components[:, :2],
        ).fit_transform(components)
    return framed(points)


def framed(points: np.ndarray) -> np.ndarray:
    """Points in the common frame, as float32; x and y keep their proportion."""
    if not len(points):
        return np.zeros((0, 2), dtype=np.float32)
    points = points.astype(np.float64)
    centred = points - (points.max(axis=0) + points.min(axis=0)) / 2
    scale = np.abs(centred).max()
    return (centred / scale if scale > 0 else centred).astype(np.float32)


def _components(vectors: np.ndarray) -> np.ndarray:
    """The first principal components, two at least (zeros where the vectors have fewer): (n, <= COMPONENTS) float32."""
    from sklearn.decomposition import PCA

    n, dim = vectors.shape
    count = min(n, dim, COMPONENTS)
    components = np.zeros((n, max(count, 2)), dtype=np.float32)
    spread = np.ptp(vectors, axis=0).max() if n else 0
    if n < 2 or spread <= EQUAL * max(np.abs(vectors).max(), 1):
        return components
    with one_thread():  # several threads add up in another order, which the layouts would blow up
        components[:, :count] = PCA(count, svd_solver="covariance_eigh").fit_transform(vectors)
    return components
