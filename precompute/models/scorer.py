"""Reward models of transformers: a score for each (instruction, response), the same in any batch within rounding."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from precompute.models.room import Room, on_processor
from precompute.models.threads import cores

STEP = 16  # token lengths are rounded up to a multiple of this


@dataclass(frozen=True)
class RewardModel:
    """A tokenizer with a chat template and a sequence classifier with one output; `limit` is in tokens.

    `room`: how many tokens a pass over texts of a length may have.
    """

    tokenizer: Any
    model: Any
    limit: int
    room: Room = on_processor

    def tokens(self, instruction: str, response: str) -> list[int]:
        """The conversation as the model reads it, uncut: no system prompt, and one first token, not two."""
        turns = [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
        return self.encode(conversation(self.tokenizer, turns))

    def encode(self, text: str) -> list[int]:
        return list(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def scores(self, texts: Sequence[list[int]], tokens: int | None = None) -> np.ndarray:
        """(n,) float64: the raw output for each text of tokens, none of which may be longer than `limit`.

        `tokens` a pass. Every pass has a shape that depends on the length of its texts alone, so that neither their
        order nor the batch they come in changes a score.
        """
        made = np.full(len(texts), np.nan)
        on_cpu = self.model.device.type == "cpu"
        room = self.room if tokens is None else lambda length: tokens
        passes = list(_passes([len(text) for text in texts], room))
        with ThreadPoolExecutor(cores() if on_cpu else 1) as pool:
            for (rows, _, _), some in zip(passes, pool.map(lambda one: self._pass(texts, *one), passes), strict=True):
                made[rows] = some
        return made

    def _pass(self, texts: Sequence[list[int]], rows: list[int], length: int, height: int) -> np.ndarray:
        import torch

        filled = [texts[rows[place % len(rows)]] for place in range(height)]
        features = self.tokenizer.pad(
            {"input_ids": filled}, padding="max_length", max_length=length, return_tensors="pt"
        ).to(self.model.device)
        with torch.inference_mode():
            made = self.model(input_ids=features["input_ids"], attention_mask=features["attention_mask"])
            return _raw(made)[: len(rows)].double().cpu().numpy()


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


def _passes(lengths: Sequence[int], room: Room) -> Iterator[tuple[list[int], int, int]]:
    """(rows, padded length, height) of each forward pass, the longest first."""
    buckets: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        buckets.setdefault(-(-max(length, 1) // STEP) * STEP, []).append(row)
    for length, rows in sorted(buckets.items(), reverse=True):
        height = max(room(length) // length, 1)
        for first in range(0, len(rows), height):
            yield rows[first : first + height], length, height
