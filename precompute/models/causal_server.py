"""A causal language model behind a server: token ids and the losses of given tokens, as CausalModel has them here.

vLLM gives both: /tokenize, beside /v1, and `prompt_logprobs` of /v1/completions, which takes token ids as they are. So
the server reads exactly what the weights would read here, and one token more that it has to write.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import CallFailed
from precompute.models.ifd import Tokens
from precompute.models.json_calls import JsonCalls
from precompute.models_file import Measurer

WANTED = "prompt_logprobs"
KNOWN = 64  # texts whose tokens are remembered: a marker that every row has is asked for once
REMEDY = (
    f"IFD by a server needs /tokenize and {WANTED}, which vLLM has; serve the model with it, or give its weights:"
    " `ifd: {path: …}`"
)


class CausalServer:
    """One server and model; safe to call from several threads. `limit` is known from the first text on."""

    def __init__(self, spec: Measurer) -> None:
        base, self.served = str(spec.base_url), str(spec.model)
        self.limit: int | None = None
        check = f"base_url, model ({self.served!r}) and api_key_env ({spec.api_key_env or 'none'}): {REMEDY}"
        self.tokenize = JsonCalls(f"{base.removesuffix('/v1')}/tokenize", spec, self.served, check)
        self.complete = JsonCalls(f"{base.removesuffix('/v1')}/v1/completions", spec, self.served, check)
        self._known = lru_cache(KNOWN)(self._tokens)

    def encode(self, text: str) -> list[int]:
        """The tokenizer's default, uncut. Raises CallFailed, or UserError when no call can succeed."""
        return list(self._known(text))

    def losses(self, texts: Sequence[Tokens]) -> list[np.ndarray]:
        """The negative log-likelihood in nats of each token that counts: a float32 array a text, empty where none does.

        One call a text. Raises CallFailed, or UserError when no call can succeed.
        """
        return [self._losses(text) if text.scored else np.zeros(0, dtype=np.float32) for text in texts]

    def _tokens(self, text: str) -> tuple[int, ...]:
        body = {"model": self.served, "prompt": text, "add_special_tokens": True}
        return self.tokenize.post(body, self._read_tokens)

    def _read_tokens(self, answer: Any) -> tuple[int, ...]:
        ids = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
            raise UserError(f"{self.tokenize.address} gives no list of tokens; {REMEDY}.")
        longest = answer.get("max_model_len")
        if isinstance(longest, int) and longest > 1:
            self.limit = longest - 1  # it has to find room for the token that it writes
        return tuple(ids)

    def _losses(self, text: Tokens) -> np.ndarray:
        body = {"model": self.served, "prompt": text.ids, "max_tokens": 1, "temperature": 0, WANTED: 0}
        try:
            return self.complete.post(body, lambda answer: self._read_losses(answer, text))
        except CallFailed as error:
            if WANTED in str(error):  # a server that does not know it may say so
                raise UserError(f"{self.complete.address} refuses {WANTED} ({error}); {REMEDY}.") from None
            raise

    def _read_losses(self, answer: Any, text: Tokens) -> np.ndarray:
        choices = answer.get("choices") if isinstance(answer, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
        if choice is None:
            raise CallFailed(f"the answer is no completion: {str(answer)[:200]!r}")
        told = choice.get(WANTED)
        if told is None:
            raise UserError(f"{self.complete.address} answers without {WANTED}; {REMEDY}.")
        if not isinstance(told, list) or len(told) != len(text.ids):
            raise CallFailed(f"{WANTED} are not those of the {len(text.ids):,} tokens that were sent")
        places = range(max(text.start, 1), len(text.ids))
        try:
            return np.array(
                [-float(told[place][str(text.ids[place])]["logprob"]) for place in places], dtype=np.float32
            )
        except (KeyError, TypeError, ValueError):
            raise CallFailed(f"{WANTED} lack a token that was sent") from None


@lru_cache(maxsize=4)
def causal_server(spec: str) -> CausalServer:
    """The server that `spec`, a Measurer as JSON, describes; made once a process."""
    return CausalServer(Measurer.model_validate_json(spec))
