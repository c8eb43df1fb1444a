"""A crowd as large as the paper's, for benchmarks: 19 models in 6 families over random scores."""

import numpy as np

from crowdselect.pool import Clustering, Model, Pool

FAMILIES = {
    "gemma-2": (2, 9, 27),
    "Meta-Llama-3": (8, 70),
    "Meta-Llama-3.1": (8, 70, 405),
    "Phi-3": (3.8, 7, 14),
    "Qwen2": (1.5, 7, 72),
    "Qwen2.5": (3, 7, 14, 32, 72),
}
MODELS = tuple(
    Model(f"{family}-{size:g}b", family, float(size)) for family, sizes in FAMILIES.items() for size in sizes
)


def crowd(rows: int) -> Pool:
    """A pool of that many instructions with one reward model and 30 clusters."""
    rng = np.random.default_rng(0)
    words = np.full((len(MODELS), rows), 200, dtype=np.int32)
    return Pool(
        uuids=np.array([f"{row:08d}" for row in range(rows)], dtype=object),
        models=MODELS,
        scores={"rm": rng.normal(size=(len(MODELS), rows))},
        instruction_words=np.full(rows, 20, dtype=np.int32),
        response_words=words,
        sources=np.full(rows, "", dtype=object),
        clusterings={"kmeans-30": Clustering(rng.integers(0, 30, rows).astype(np.int32))},
    )
