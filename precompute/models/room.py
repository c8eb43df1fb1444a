"""What fits into memory: on a GPU the tokens of a forward pass; on a processor the passes that run side by side.

On a processor the shape of a pass, which shows in the last bits of a result, follows from the length of its texts
alone. So memory decides there how many run at a time, and any amount of it gives the same bytes.
"""

from dataclasses import dataclass
from typing import Any

CPU_TOKENS = 256  # a pass on a processor (or one text, if that is longer): more were not faster
MOST = 131_072  # tokens a pass: more keep no GPU busier
LOGITS = 2**30  # numbers a pass: not all libraries count further than 32 bits
SHARE = 0.5  # of the free memory: the rest is for what is not counted here
FLOAT32 = 4  # bytes


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


def passes_that_fit(free: int, width: Width, tokens: int, length: int, most: int) -> int:
    """Passes of `tokens` over texts of `length` that run side by side where `free` bytes are: from 1 to `most`."""
    return min(max(int(free * SHARE) // (tokens * width.token_bytes(length)), 1), most)


@dataclass(frozen=True)
class Room:
    """What the passes of a model may take. `width` None: the model does not say.

    `free`: bytes of its GPU; None on a processor, whose memory others take of as well, so that it is asked for anew.
    """

    width: Width | None = None
    free: int | None = None

    @property
    def on_gpu(self) -> bool:
        return self.free is not None

    def height(self, length: int) -> int:
        """Rows of a pass over texts of `length` tokens; a model of unknown width has those of a processor."""
        fit = CPU_TOKENS
        if self.free is not None and self.width is not None:
            fit = tokens_that_fit(self.free, self.width, length)
        return max(fit // length, 1)

    def at_a_time(self, tokens: int, length: int, memory: int, most: int) -> int:
        """Passes of `tokens` over texts of `length` that run side by side, on a processor with `memory` bytes free.

        A GPU is busy with one.
        """
        if self.on_gpu or self.width is None:
            return 1 if self.on_gpu else most
        return passes_that_fit(memory, self.width, tokens, length, most)


UNKNOWN = Room()  # of a model on a processor


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
    """For a model of transformers on the device where it stays; of a GPU the memory that is free now decides."""
    import torch

    try:
        width = width_of(model, logits)
    except AttributeError:  # code that came with the weights may have a configuration of its own
        width = None
    device = next(model.parameters()).device
    if device.type != "cuda":
        return Room(width)
    torch.cuda.empty_cache()  # what an earlier model has left counts as free
    free, _ = torch.cuda.mem_get_info(device)
    return Room(width, free)


def bfloat16_on_gpu() -> bool:
    """Whether the GPU multiplies in bfloat16 itself; some only imitate it, slower than in float32."""
    import torch

    return torch.cuda.is_bf16_supported(including_emulation=False)
