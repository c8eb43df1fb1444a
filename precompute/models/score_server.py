"""Reward models behind a server: one conversation a call, tried again a bounded number of times.

vLLM's /classify takes messages and applies the model's own chat template; its activation, a sigmoid for models with one
output, is turned off. SGLang's /classify takes text, so the template is applied here, by the tokenizer called `model`.
"""

import math
from functools import lru_cache
from typing import Any

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import CallFailed
from precompute.models.json_calls import JsonCalls
from precompute.models_file import Scorer

RAW = {"use_activation": False, "activation": False}  # the second is what older servers call the first
PLAIN = {"add_generation_prompt": False, "add_special_tokens": False}


class ScoreServer:
    """One scoring server; safe to call from several threads."""

    def __init__(self, spec: Scorer) -> None:
        self.spec, self.served = spec, spec.model or spec.name
        check = f"base_url, kind ({spec.kind}), model ({self.served!r}) and api_key_env ({spec.api_key_env or 'none'})"
        self.calls = JsonCalls(f"{str(spec.base_url).removesuffix('/v1')}/classify", spec, spec.name, check)

    def score(self, instruction: str, response: str) -> float:
        """The raw score. Raises CallFailed with the reason, or UserError when no call can succeed."""
        turns = [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
        if self.spec.kind == "vllm":
            body: dict[str, Any] = {"model": self.served, "messages": turns, **RAW, **PLAIN}
        else:
            body = {"model": self.served, "text": [self._text(turns)]}
        return self.calls.post(body, _number)

    def _text(self, turns: list[dict[str, str]]) -> str:
        """The conversation as the model reads it; the server adds a first token where the tokenizer does."""
        from precompute.models.scorer import conversation

        tokenizer = _template(self.served)
        text = conversation(tokenizer, turns)
        if self.spec.max_length is not None:
            tokens = len(tokenizer(text, truncation=False, verbose=False)["input_ids"])
            if tokens > self.spec.max_length:
                raise CallFailed(f"{tokens:,} tokens are more than {self.spec.max_length:,}")
        return text


def _number(answer: Any) -> float:
    """The one number of vLLM's {"data": [{"probs": [x]}]} or SGLang's [{"embedding": [x]}]. Raises CallFailed."""
    rows = answer.get("data") if isinstance(answer, dict) else answer
    row = rows[0] if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict) else {}
    numbers = row.get("probs", row.get("embedding"))
    if not isinstance(numbers, list) or len(numbers) != 1:
        raise CallFailed(f"the answer is not one number: {str(answer)[:200]!r}")
    value = numbers[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CallFailed(f"the score is no finite number ({str(value)[:40]!r})")
    return float(value)


@lru_cache(maxsize=4)
def _template(name: str) -> Any:
    from precompute.models.load_scorer import load_template

    try:
        return load_template(name)
    except UserError:
        raise
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        raise UserError(
            f"The tokenizer {name!r} cannot be loaded ({reason}); for kind sglang, `model` is the served model's"
            " name on the hub or the directory of its tokenizer."
        ) from None


@lru_cache(maxsize=8)
def score_server(spec: str) -> ScoreServer:
    """The server that `spec`, a Scorer as JSON, describes; made once a process."""
    return ScoreServer(Scorer.model_validate_json(spec))
