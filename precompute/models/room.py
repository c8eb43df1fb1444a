"""How many tokens a forward pass may have: few on a processor; on a GPU what its free memory holds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

CPU_TOKENS = 256  # (or one text, if that is longer): more were not faster on a processor
MOST = 131_072  # tokens a pass: more keep no GPU busier
LOGITS = 2**30  # numbers a pass: not all libraries count further than 32 bits
SHARE = 0.5  # of the free memory: the rest is for what is not counted here
FLOAT32 = 4  # bytes

Room = Callable[[int], int]  # the length of the texts of a pass, in tokens -> the tokens that it may have


@dataclass(frozen=True)
class Width:
    """What decides how much memory a token takes: the sizes of a model, and the bytes of one of its numbers."""

    hidden: int
    inner: int  # within a layer's perceptron
    layers: int
    heads: int
    vocabulary: int  # 0 for a model that makes no logits over one
    number: int

    def token_bytes(self, length: int) -> int:
        """Of one token of a text of `length` tokens, without gradients; rather too many.

        The keys and values of all layers, one layer at work (its states, its perceptron, a row of attention for each
        head, and what that was made from), and the logits with two float32 copies.
        """
        kept = 2 * self.layers * self.hidden
        at_work = 8 * self.hidden + 4 * self.inner + 2 * self.heads * length
        return (kept + at_work) * self.number + self.vocabulary * (self.number + 2 * FLOAT32)


def tokens_that_fit(free: int, width: Width, length: int) -> int:
    """Tokens of a pass over texts of `length` tokens where `free` bytes are: a power of two from CPU_TOKENS to MOST.

    A power of two, for the shape of a pass shows in the last bits: it should not follow every change of `free`.
    """
    fit = min(int(free * SHARE) // width.token_bytes(length), MOST)
    if width.vocabulary:
        fit = min(fit, LOGITS // width.vocabulary)
    return max(2 ** (fit.bit_length() - 1) if fit else 0, CPU_TOKENS)


def width_of(model: Any, logits: bool) -> Width:
    """The width of a model of transformers; `logits`: whether it makes them over its vocabulary."""
    config = model.config.get_text_config()
    return Width(
        hidden=int(config.hidden_size),
        inner=int(getattr(config, "intermediate_size", None) or 4 * config.hidden_size),
        layers=int(config.num_hidden_layers),
        heads=int(config.num_attention_heads),
        vocabulary=int(config.vocab_size) if logits else 0,
        number=int(model.dtype.itemsize),
    )


def room_of(model: Any, logits: bool) -> Room:
    """For a model of transformers on the device where it stays; the memory that is free now decides."""
    import torch

    if model.device.type != "cuda":
        return on_processor
    torch.cuda.empty_cache()  # what an earlier model has left counts as free
    free, _ = torch.cuda.mem_get_info(model.device)
    return partial(tokens_that_fit, free, width_of(model, logits))


def on_processor(length: int) -> int:
    """The room of a pass on a processor."""
    return CPU_TOKENS
