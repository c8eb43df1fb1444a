"""Reward models of transformers: a score for each (instruction, response), the same in any batch within rounding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from precompute.models.passes import Pass, passes_of, run_passes
from precompute.models.room import UNKNOWN, Room

STEP = 16  # token lengths are rounded up to a multiple of this


@dataclass(frozen=True)
class RewardModel:
    """A tokenizer with a chat template and a sequence classifier with one output; `limit` is in tokens."""

    tokenizer: Any
    model: Any
    limit: int
    room: Room = UNKNOWN

    def tokens(self, instruction: str, response: str) -> list[int]:
        """The conversation as the model reads it, uncut: no system prompt, and one first token, not two."""
        turns = [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
        return self.encode(conversation(self.tokenizer, turns))

    def encode(self, text: str) -> list[int]:
        return list(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def scores(self, texts: Sequence[list[int]], tokens: int | None = None, memory: int | None = None) -> np.ndarray:
        """(n,) float64: the raw output for each text of tokens, none of which may be longer than `limit`.

        `tokens` a pass; `memory`: bytes of a processor that may be taken, None is all that is free. On a processor the
        shape of a pass depends on the length of its texts alone, so that neither their order nor the batch they come in
        changes a score; nor does its memory, which decides how many passes run side by side.
        """
        made = np.full(len(texts), np.nan)
        height = self.room.height if tokens is None else lambda length: max(tokens // length, 1)
        passes = list(passes_of([len(text) for text in texts], STEP, height, not self.room.on_gpu))
        scored = run_passes(passes, self.room, lambda one: self._pass(texts, one), memory=memory)
        for one, some in zip(passes, scored, strict=True):
            made[one.rows] = some
        return made

    def _pass(self, texts: Sequence[list[int]], one: Pass) -> np.ndarray:
        import torch

        features = self.tokenizer.pad(
            {"input_ids": [texts[row] for row in one.filled]},
            padding="max_length",
            max_length=one.length,
            return_tensors="pt",
        ).to(self.model.device)
        with torch.inference_mode():
            made = self.model(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
            return _raw(made)[: len(one.rows)].double().cpu().numpy()


def conversation(tokenizer: Any, turns: list[dict[str, str]]) -> str:
    """The turns in the tokenizer's chat template, without the first token that the tokenizer adds by itself."""
    text = str(tokenizer.apply_chat_template(turns, tokenize=False))
    first = tokenizer.bos_token
    adds = bool(first) and list(tokenizer("")["input_ids"])[:1] == [tokenizer.bos_token_id]
    return text.removeprefix(first) if adds else text


def _raw(made: Any) -> Any:
    """(rows,) from a model's output: its logits, or `score` where code that came with the weights names it so."""
    score = made.score if getattr(made, "score", None) is not None else made.logits
    return score.reshape(score.shape[0], -1)[:, 0]
