"""Instruction-following difficulty: how much harder a response is to write without its instruction.

`ifd` is the ratio of mean losses of Li et al., "From Quantity to Quality" (arXiv 2308.12032, tianyi-lab/Cherry_LLM);
`ifd_ppl` the ratio of perplexities of Li et al., "Superfiltering" (arXiv 2402.00530, tianyi-lab/Superfiltering). Both
are defined here as their published code computes them: which tokens a language model reads, and what its losses give.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MARKER = "### Response:"
PROMPT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n" + MARKER
)
Encode = Callable[[str], list[int]]  # a tokenizer's default: with a first token of its own where it has one


@dataclass(frozen=True)
class Tokens:
    """What a model reads, and the place of the first token whose loss counts."""

    ids: list[int]
    start: int

    @property
    def scored(self) -> int:
        """How many losses count; the first token of a text has none, for nothing comes before it."""
        return max(len(self.ids) - max(self.start, 1), 0)


@dataclass(frozen=True)
class Pair:
    """An instruction and its response as a method reads them: the response alone, and after the instruction."""

    alone: Tokens
    conditioned: Tokens
    prompt_tokens: int  # of the instruction's part, cut at the limit


@dataclass(frozen=True)
class Ratio:
    """What a method says of a pair. `reason` says why it drops the pair, which keeps its value where it has one."""

    value: float | None
    loss_alone: float | None  # means in nats a token
    loss_conditioned: float | None
    reason: str | None = None


def cherry_pair(encode: Encode, instruction: str, response: str, limit: int, marker_tokens: int | None = None) -> Pair:
    """Both texts of `ifd`; `alone` keeps the marker for its context.

    The published code lets `alone` have four tokens more than the response has room for, which is what the marker takes
    with LLaMA's tokenizer. `marker_tokens` None is the marker's own count; 4 is the published code with any tokenizer.
    """
    prompt = PROMPT.format_map({"instruction": instruction})
    length = min(len(encode(prompt)), limit)
    own = len(encode(MARKER))
    alone = encode(MARKER + response)[: limit - length + (own if marker_tokens is None else marker_tokens)]
    return Pair(Tokens(alone, own), Tokens(encode(prompt + response)[:limit], length), length)


def cherry_ratio(pair: Pair, alone: np.ndarray, conditioned: np.ndarray, limit: int) -> Ratio:
    """`ifd`: the means are float64 over float32 token losses. A value of exactly 1 stays."""
    without, given = _mean(alone), _mean(conditioned)
    value = given / without if given is not None and without else None
    reason = None
    if pair.prompt_tokens >= limit:
        reason = f"the instruction fills the {limit} tokens"
    elif not pair.alone.scored or not pair.conditioned.scored:
        reason = "no token of the response is scored"
    elif pair.prompt_tokens + pair.alone.scored > limit:
        reason = f"instruction and response are over the {limit} tokens"
    elif value is None or value > 1:
        reason = "the instruction makes the response harder (above 1)"
    return Ratio(value, without, given, reason)


def superfiltering_pair(encode: Encode, instruction: str, response: str, limit: int) -> Pair:
    """Both texts of `ifd_ppl`: no template, no marker; `alone` has no loss for its first token."""
    length = min(len(encode(instruction + "\n")), limit)
    alone = encode(response)[: limit - length + 1]
    return Pair(Tokens(alone, 1), Tokens(encode(f"{instruction}\n{response}")[:limit], length), length)


def superfiltering_ratio(pair: Pair, alone: np.ndarray, conditioned: np.ndarray, limit: int) -> Ratio:
    """`ifd_ppl`: perplexities are float32, and only a value below 1 stays."""
    without, given = _mean(alone), _mean(conditioned)
    value = None
    if without is not None and given is not None:
        value = float(np.exp(np.float32(given))) / float(np.exp(np.float32(without)))
    reason = None
    if pair.prompt_tokens >= limit:
        reason = f"the instruction fills the {limit} tokens"
    elif value is None:
        reason = "no token of the response is scored"
    elif not value < 1:
        reason = "the instruction makes the response harder (1 or above)"
    return Ratio(value, without, given, reason)


def _mean(losses: np.ndarray) -> float | None:
    return float(losses.mean(dtype=np.float64)) if len(losses) else None
