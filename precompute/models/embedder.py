"""Text to vectors, the same bits whatever the batch, the order of the rows and the number of threads.

Linear algebra rounds by the shape of its operands, so every forward pass has a shape that depends on one text alone:
ROWS texts, padded to the next multiple of STEP tokens. (The padded length does change the last bits; the number of rows
did not on the processor where this was tried, but no library promises that.)

Passes run on one thread each, as many at a time as there are cores, which is also faster than one pass on all of them.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from precompute.models.threads import cores

ROWS = 8  # texts a forward pass
STEP = 8  # token lengths are rounded up to a multiple of this

Forward = Callable[[Mapping[str, Any]], Any]  # features of shape (ROWS, length) -> vectors (ROWS, dim), both tensors


@dataclass(frozen=True)
class Embedder:
    """A tokenizer and a forward pass. `max_length` is in tokens; what is longer is cut."""

    tokenizer: Any
    forward: Forward
    max_length: int
    prefix: str = ""  # what the model wants before every text

    def embed(self, texts: Sequence[str], threads: int | None = None) -> np.ndarray:
        """Vectors of `texts`, in their order: (n, dim) float32. They may be non-finite if the model is broken."""
        if not len(texts):
            return np.zeros((0, 0), dtype=np.float32)
        tokens = self._tokens(texts)
        passes = list(_passes([len(ids) for ids in tokens["input_ids"]], self.max_length))
        with ThreadPoolExecutor(threads or cores()) as pool:
            made = list(pool.map(lambda one: self._vectors(tokens, *one), passes))
        vectors = np.empty((len(texts), made[0].shape[1]), dtype=np.float32)
        for (rows, _), some in zip(passes, made, strict=True):
            vectors[rows] = some
        return vectors

    def _tokens(self, texts: Sequence[str]) -> Mapping[str, list[list[int]]]:
        prefixed = [self.prefix + text for text in texts]
        return self.tokenizer(prefixed, truncation=True, max_length=self.max_length, padding=False)

    def _vectors(self, tokens: Mapping[str, list[list[int]]], rows: list[int], length: int) -> np.ndarray:
        import torch

        filled = [
            rows[place % len(rows)] for place in range(ROWS)
        ]  # always ROWS of them: the shape is part of the result
        some = {name: [values[row] for row in filled] for name, values in tokens.items()}
        features = self.tokenizer.pad(some, padding="max_length", max_length=length, return_tensors="pt")
        with torch.inference_mode():
            return self.forward(features)[: len(rows)].float().numpy()


def _passes(lengths: Sequence[int], most: int) -> Iterator[tuple[list[int], int]]:
    """(rows, padded length) of each forward pass, the longest first so that no thread is left with a long one."""
    buckets: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        buckets.setdefault(min(-(-max(length, 1) // STEP) * STEP, most), []).append(row)
    for length, rows in sorted(buckets.items(), reverse=True):
        for first in range(0, len(rows), ROWS):
            yield rows[first : first + ROWS], length


def offline() -> bool:
    """Whether the hub may not be asked (HF_HUB_OFFLINE)."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
