"""Text to vectors, on a processor the same bits whatever the batch, the order, the threads and the memory.

Linear algebra rounds by the shape of its operands, so every forward pass there has a shape that depends on one text
alone: ROWS texts (fewer, where they have more than TOKENS together), padded to the next multiple of STEP tokens. (The
padded length does change the last bits; the number of rows, from 1 to 64, did not on the processor where this was
tried, in float32 nor in bfloat16, but no library promises that.) What memory decides is how many texts are tokenised at
a time and how many passes run side by side, each on one thread, which is also faster than one pass on all of them.

On a GPU memory decides the rows of a pass, so vectors are the same up to rounding.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crowdselect.memory import available
from precompute.models.passes import Pass, passes_of, run_passes
from precompute.models.room import SHARE, UNKNOWN, Room

ROWS = 8  # texts a forward pass on a processor
TOKENS = 2048  # of them all; one text may have more
STEP = 8  # token lengths are rounded up to a multiple of this
CHARACTER = 100  # bytes that the tokens of a character take at the most, about, in what a tokenizer gives

Forward = Callable[[Mapping[str, Any]], Any]  # features of shape (rows, length) -> vectors (rows, dim), both tensors


@dataclass(frozen=True)
class Embedder:
    """A tokenizer and a forward pass. `max_length` is in tokens; what is longer is cut."""

    tokenizer: Any
    forward: Forward
    max_length: int
    prefix: str = ""  # what the model wants before every text
    room: Room = UNKNOWN

    def embed(self, texts: Sequence[str], threads: int | None = None, memory: int | None = None) -> np.ndarray:
        """Vectors of `texts`, in their order: (n, dim) float32. They may be non-finite if the model is broken.

        By so many threads and in so many bytes of a processor's memory at the most; None is all that there is.
        """
        free = available() if memory is None else memory
        made = [self._some(texts[part], threads, memory) for part in parts([len(text) for text in texts], free)]
        return np.concatenate(made) if made else np.zeros((0, 0), dtype=np.float32)

    def _some(self, texts: Sequence[str], threads: int | None, memory: int | None) -> np.ndarray:
        prefixed = [self.prefix + text for text in texts]
        tokens = self.tokenizer(prefixed, truncation=True, max_length=self.max_length, padding=False)
        lengths = [len(ids) for ids in tokens["input_ids"]]
        passes = list(passes_of(lengths, STEP, self._height, not self.room.on_gpu, self.max_length))
        made = run_passes(passes, self.room, lambda one: self._vectors(tokens, one), threads, memory)
        vectors = np.empty((len(texts), made[0].shape[1]), dtype=np.float32)
        for one, some in zip(passes, made, strict=True):
            vectors[one.rows] = some
        return vectors

    def _height(self, length: int) -> int:
        return self.room.height(length) if self.room.on_gpu else min(ROWS, max(TOKENS // length, 1))

    def _vectors(self, tokens: Mapping[str, list[list[int]]], one: Pass) -> np.ndarray:
        import torch

        some = {name: [values[row] for row in one.filled] for name, values in tokens.items()}
        features = self.tokenizer.pad(some, padding="max_length", max_length=one.length, return_tensors="pt")
        with torch.inference_mode():
            return self.forward(features)[: len(one.rows)].float().cpu().numpy()


def parts(characters: Sequence[int], free: int) -> Iterator[slice]:
    """Which texts of these lengths are tokenised together where `free` bytes are: neighbours, one at the least."""
    first, held = 0, 0
    for place, count in enumerate(characters):
        if place > first and (held + count) * CHARACTER > free * SHARE:
            yield slice(first, place)
            first, held = place, 0
        held += count
    if len(characters):
        yield slice(first, len(characters))


def offline() -> bool:
    """Whether the hub may not be asked (HF_HUB_OFFLINE)."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
