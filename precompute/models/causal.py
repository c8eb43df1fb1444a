"""The losses of a causal language model over the tokens of texts, without keeping its logits.

Linear algebra rounds by the shape of its operands, so on a processor the shape of a forward pass depends on one text
alone: so many rows at the text's padded length, filled up with repeats. Padding stands on the right, where a causal
model does not see it. So the batch that a text comes in changes nothing; nor does the memory, which decides how many
passes run side by side. On a GPU it decides the rows of a pass, and losses are the same up to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from precompute.models.ifd import Tokens
from precompute.models.passes import Pass, passes_of, run_passes
from precompute.models.room import UNKNOWN, Room

STEP = 16  # token lengths are rounded up to a multiple of this
PIECE = 128  # positions whose logits are made float32 and summed up at a time


@dataclass(frozen=True)
class CausalModel:
    """A tokenizer and a causal model of transformers on a device; `limit` is what its positions allow."""

    tokenizer: Any
    model: Any
    limit: int | None = None
    room: Room = UNKNOWN

    def encode(self, text: str) -> list[int]:
        """The tokenizer's default, uncut."""
        return list(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def losses(self, texts: Sequence[Tokens], tokens: int | None = None, memory: int | None = None) -> list[np.ndarray]:
        """The negative log-likelihood in nats of each token that counts: a float32 array a text, empty where none does.

        `tokens` a pass (the result may differ by some 1e-6 for another number); `memory`: bytes of a processor that may
        be taken, None is all that is free.
        """
        made = [np.zeros(text.scored, dtype=np.float32) for text in texts]
        scored = [row for row, text in enumerate(texts) if text.scored]
        height = self.room.height if tokens is None else lambda length: max(tokens // length, 1)
        passes = list(passes_of([len(texts[row].ids) for row in scored], STEP, height, not self.room.on_gpu))
        found = run_passes(
            passes, self.room, lambda one: self._pass([texts[scored[row]] for row in one.rows], one), memory=memory
        )
        for one, some in zip(passes, found, strict=True):
            for row, losses in zip(one.rows, some, strict=True):
                made[scored[row]] = losses
        return made

    def _pass(self, some: Sequence[Tokens], one: Pass) -> list[np.ndarray]:
        """One forward pass over `some`, the texts at its rows."""
        import torch

        height, length = one.height, one.length
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
