"""A causal language model behind a server: token ids and the losses of given tokens, as CausalModel has them here.

vLLM and SGLang tell the log-probabilities of a prompt (loss_dialects.py), which may be token ids as they are, and both
have /tokenize. So the server reads exactly what the weights would read here.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import CallFailed
from precompute.models.ifd import Tokens
from precompute.models.json_calls import JsonCalls
from precompute.models.loss_dialects import DIALECTS
from precompute.models_file import Measurer

KNOWN = 64  # texts whose tokens are remembered: a marker that every row has is asked for once


class CausalServer:
    """One server and model; safe to call from several threads. `limit` is known from the first text on, if at all."""

    def __init__(self, spec: Measurer) -> None:
        base, self.served = str(spec.base_url).removesuffix("/v1"), str(spec.model)
        self.dialect = DIALECTS[spec.speaks]
        self.tokenizer = spec.tokenizer
        self.limit: int | None = None
        needs = self.dialect.wants if spec.tokenizer else f"/tokenize (or `tokenizer: …`) and {self.dialect.wants}"
        self.remedy = (
            f"IFD by a server of kind {spec.speaks} needs {needs}, which {self.dialect.name} has; serve the model with"
            " it, or give its weights: `ifd: {path: …}`"
        )
        check = f"base_url, kind, model ({self.served!r}) and api_key_env ({spec.api_key_env or 'none'}): {self.remedy}"
        self.tokenize = JsonCalls(f"{base}/tokenize", spec, self.served, check)
        self.complete = JsonCalls(base + self.dialect.path, spec, self.served, check)
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
        if self.tokenizer:
            from precompute.models.load_causal import load_tokenizer

            return tuple(load_tokenizer(self.tokenizer)(text, truncation=False, verbose=False)["input_ids"])
        body = {"model": self.served, "prompt": text, "add_special_tokens": True}
        return self.tokenize.post(body, self._read_tokens)

    def _read_tokens(self, answer: Any) -> tuple[int, ...]:
        ids = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
            raise UserError(f"{self.tokenize.address} gives no list of tokens; {self.remedy}.")
        longest = answer.get("max_model_len")
        if self.dialect.limited and isinstance(longest, int) and longest > self.dialect.written:
            self.limit = longest - self.dialect.written  # it has to find room for what it writes
        return tuple(ids)

    def _losses(self, text: Tokens) -> np.ndarray:
        try:
            return self.complete.post(
                self.dialect.body(self.served, text.ids), lambda answer: self._read_losses(answer, text)
            )
        except CallFailed as error:
            if self.dialect.wants in str(error):  # a server that does not know it may say so
                raise UserError(
                    f"{self.complete.address} refuses {self.dialect.wants} ({error}); {self.remedy}."
                ) from None
            raise

    def _read_losses(self, answer: Any, text: Tokens) -> np.ndarray:
        try:
            told = self.dialect.entries(answer)
        except (LookupError, TypeError, AttributeError):
            raise CallFailed(f"the answer is no completion: {str(answer)[:200]!r}") from None
        if told is None:
            raise UserError(f"{self.complete.address} answers without {self.dialect.wants}; {self.remedy}.")
        if len(told) != len(text.ids):
            raise CallFailed(f"the log-probabilities are not those of the {len(text.ids):,} tokens that were sent")
        places = range(max(text.start, 1), len(text.ids))
        try:
            return np.array([-self.dialect.number(told[place], text.ids[place]) for place in places], dtype=np.float32)
        except (LookupError, TypeError, ValueError):
            raise CallFailed("the log-probabilities lack a token that was sent") from None


@lru_cache(maxsize=4)
def causal_server(spec: str) -> CausalServer:
    """The server that `spec`, a Measurer as JSON, describes; made once a process."""
    return CausalServer(Measurer.model_validate_json(spec))
