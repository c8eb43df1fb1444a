"""Vectors like those of an embedder: many overlapping groups on a sphere."""

import numpy as np


def sphere(rows: int, dim: int = 384, groups: int = 300, seed: int = 0) -> np.ndarray:
    """(rows, dim) float32 of unit length."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, dim)).astype(np.float32)
    vectors = centres[rng.integers(0, groups, rows)] + rng.normal(0, 1.2, size=(rows, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
