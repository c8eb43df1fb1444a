"""The losses of a causal language model over the tokens of texts, without keeping its logits.

Linear algebra rounds by the shape of its operands, so the shape of every forward pass depends on one text alone: as
many rows as fit at the text's padded length, filled up with repeats. Padding stands on the right, where a causal model
does not see it. So the batch that a text comes in changes nothing.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from precompute.models.ifd import Tokens
from precompute.models.room import Room, on_processor
from precompute.models.threads import cores

STEP = 16  # token lengths are rounded up to a multiple of this
PIECE = 128  # positions whose logits are made float32 and summed up at a time


@dataclass(frozen=True)
class CausalModel:
    """A tokenizer and a causal model of transformers on a device; `limit` is what its positions allow.

    `room`: how many tokens a pass over texts of a length may have.
    """

    tokenizer: Any
    model: Any
    limit: int | None = None
    room: Room = on_processor

    def encode(self, text: str) -> list[int]:
        """The tokenizer's default, uncut."""
        return list(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def losses(self, texts: Sequence[Tokens], tokens: int | None = None) -> list[np.ndarray]:
        """The negative log-likelihood in nats of each token that counts: a float32 array a text, empty where none does.

        `tokens` a pass; the result may differ by some 1e-6 for another number.
        """
        made = [np.zeros(text.scored, dtype=np.float32) for text in texts]
        on_cpu = self.model.device.type == "cpu"
        passes = list(_passes(texts, self.room if tokens is None else lambda length: tokens))
        with ThreadPoolExecutor(cores() if on_cpu else 1) as pool:
            for (rows, _, _), some in zip(passes, pool.map(lambda one: self._pass(texts, *one), passes), strict=True):
                for row, losses in zip(rows, some, strict=True):
                    made[row] = losses
        return made

    def _pass(self, texts: Sequence[Tokens], rows: list[int], length: int, height: int) -> list[np.ndarray]:
        """One forward pass of `height` rows."""
        import torch

        some = [texts[row] for row in rows]
        ids = torch.zeros((height, length), dtype=torch.long)
        for place in range(height):
            row = some[place % len(some)].ids
            ids[place, : len(row)] = torch.tensor(row)
        # A pass of one text needs no logits of its prompt; those of several would have to agree on where to begin.
        first = max(some[0].start, 1) - 1 if height == 1 else 0
        ids = ids.to(self.model.device)
        with torch.inference_mode():
            given = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
            logits = self.model(**given, logits_to_keep=length - first).logits
            losses = _losses(logits[:, -(length - first) :][: len(some), :-1], ids[: len(some), first + 1 :])
        return [
            losses[place, max(text.start, 1) - 1 - first : len(text.ids) - 1 - first] for place, text in enumerate(some)
        ]


def _losses(logits: Any, targets: Any) -> np.ndarray:
    """(rows, positions) float32 from logits (rows, positions, vocabulary), a piece at a time."""
    import torch

    made = torch.empty(targets.shape, dtype=torch.float32)
    for first in range(0, targets.shape[1], PIECE):
        piece = logits[:, first : first + PIECE].float()
        chosen = piece.gather(2, targets[:, first : first + PIECE, None]).squeeze(2)
        made[:, first : first + PIECE] = (torch.logsumexp(piece, dim=2) - chosen).cpu()
    return made.numpy()


def _passes(texts: Sequence[Tokens], room: Room) -> Iterator[tuple[list[int], int, int]]:
    """(rows, padded length, height) of each forward pass, the longest first; texts without a loss are in none."""
    buckets: dict[int, list[int]] = {}
    for row, text in enumerate(texts):
        if text.scored:
            buckets.setdefault(-(-len(text.ids) // STEP) * STEP, []).append(row)
    for length, rows in sorted(buckets.items(), reverse=True):
        height = max(room(length) // length, 1)
        for first in range(0, len(rows), height):
            yield rows[first : first + height], length, height
