"""How servers are asked for the log-probabilities of a prompt, and where these stand in what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dialect:
    """One kind of server. `entries` and `number` raise LookupError, TypeError or ValueError on what is none.

    `path` is what is called with `body(model, ids)`; `entries(answer)` finds an entry for each token that was sent, or
    None where the server tells none; `number(entry, token)` is the log-probability of that token in nats. `wants` is
    what it has to know for that, `written` how many tokens it has to write. `limited`: whether /tokenize says what a
    prompt and these may have.
    """

    name: str
    path: str
    body: Callable[[str, list[int]], dict[str, Any]]
    entries: Callable[[Any], list[Any] | None]
    number: Callable[[Any, int], float]
    wants: str
    written: int
    limited: bool


def _vllm_body(model: str, ids: list[int]) -> dict[str, Any]:
    return {"model": model, "prompt": ids, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}


def _vllm_entries(answer: Any) -> list[Any] | None:
    return _list(answer["choices"][0].get("prompt_logprobs"))


def _vllm_number(entry: Any, token: int) -> float:
    """Of {"token": {"logprob": …}, …}."""
    return float(entry[str(token)]["logprob"])


def _sglang_body(model: str, ids: list[int]) -> dict[str, Any]:
    """SGLang serves one model. Nothing is written; from the first token on, not from what its cache holds."""
    sampling = {"max_new_tokens": 0, "temperature": 0}
    return {"input_ids": ids, "sampling_params": sampling, "return_logprob": True, "logprob_start_len": 0}


def _sglang_entries(answer: Any) -> list[Any] | None:
    return _list(answer["meta_info"].get("input_token_logprobs"))


def _sglang_number(entry: Any, token: int) -> float:
    """Of [logprob, token, text]."""
    if entry[1] != token:
        raise LookupError(f"token {entry[1]} instead of {token}")
    return float(entry[0])


def _list(value: Any) -> list[Any] | None:
    if value is not None and not isinstance(value, list):
        raise TypeError("no list")
    return value


DIALECTS = {
    "vllm": Dialect(
        "vLLM", "/v1/completions", _vllm_body, _vllm_entries, _vllm_number, "prompt_logprobs", written=1, limited=True
    ),
    # What its /tokenize calls max_model_len is the tokenizer's own idea, not what the server reads.
    "sglang": Dialect(
        "SGLang", "/generate", _sglang_body, _sglang_entries, _sglang_number, "return_logprob", written=0, limited=False
    ),
}
