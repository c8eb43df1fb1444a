"""Reward models behind a server: one conversation a call, tried again a bounded number of times.

vLLM's /classify takes messages and applies the model's own chat template; its activation, a sigmoid for models with one
output, is turned off. SGLang's /classify takes text, so the template is applied here, by the tokenizer called `model`.
"""

import math
import os
import random
import threading
from functools import lru_cache
from typing import Any

from crowdselect.errors import UserError
from precompute.models.endpoint import FIRST_WAIT, LONGEST_WAIT, PATIENCE, TRANSIENT, retry_after
from precompute.models.endpoint_answer import CallFailed
from precompute.models_file import Scorer

RAW = {"use_activation": False, "activation": False}  # the second is what older servers call the first
PLAIN = {"add_generation_prompt": False, "add_special_tokens": False}
GIVE_UP = 5  # calls in a row that failed at every try
REFUSED = (401, 403, 404, 405)  # no other call would fare better


class _Again(Exception):  # noqa: N818
    """A try that failed in a way that another may not; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class ScoreServer:
    """One scoring server; safe to call from several threads."""

    def __init__(self, spec: Scorer) -> None:
        import httpx2

        self.spec = spec
        self.address = f"{str(spec.base_url).removesuffix('/v1')}/classify"
        self.served = spec.model or spec.name
        self.key = os.environ.get(spec.api_key_env, "") if spec.api_key_env else ""
        if spec.api_key_env and not self.key:
            raise UserError(f"{spec.name} needs a key: set the environment variable {spec.api_key_env}.")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        self.lock, self.answered, self.failed_in_a_row = threading.Lock(), False, 0
        # No connection is kept: on one that is, an answer that comes twice would be read as that of the next call.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self.client = httpx2.Client(timeout=spec.timeout, headers=headers, limits=limits)

    def score(self, instruction: str, response: str) -> float:
        """The raw score. Raises CallFailed with the reason, or UserError when no call can succeed."""
        import tenacity

        turns = [{"role": "user", "content": instruction}, {"role": "assistant", "content": response}]
        if self.spec.kind == "vllm":
            body: dict[str, Any] = {"model": self.served, "messages": turns, **RAW, **PLAIN}
        else:
            body = {"model": self.served, "text": [self._text(turns)]}
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.spec.retries + 1),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            value = float(retrying(self._try, body))
        except _Again as error:
            self._given_up(error)
            raise CallFailed(f"{error} (after {self.spec.retries + 1} tries)") from None
        with self.lock:
            self.answered, self.failed_in_a_row = True, 0
        return value

    def _given_up(self, error: _Again) -> None:
        """Count a call that failed at every try; a server that is not there stops the run."""
        with self.lock:
            self.failed_in_a_row += 1
            gone = not self.answered or self.failed_in_a_row >= GIVE_UP
        if gone:
            raise UserError(
                f"{self.address} does not answer ({error}, after {self.spec.retries + 1} tries); see that it runs, then"
                " run the same command again: scores that came are kept."
            )

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

    def _try(self, body: dict[str, Any]) -> float:
        import httpx2

        try:
            reply = self.client.post(self.address, json=body)
        except httpx2.TimeoutException:
            raise _Again(f"no answer within {self.spec.timeout:g} s") from None
        except httpx2.HTTPError:
            raise _Again("the connection broke, or there was none") from None
        if reply.status_code != 200:
            raise self._refused(reply)
        try:
            return _number(reply.json())
        except (ValueError, RecursionError):  # what is no JSON
            raise _Again("half an answer: it is not JSON") from None

    def _refused(self, reply: Any) -> Exception:
        status = reply.status_code
        said = " ".join(reply.text.split())[:200]
        said = said.replace(self.key, "***") if self.key else said
        if status in TRANSIENT or status >= 500:
            wait = retry_after(reply.headers)
            if wait is not None and wait > PATIENCE:
                return UserError(f"{self.address} asks to wait {wait:,.0f} s (status {status}); run again then.")
            return _Again(f"status {status}: {said}", wait)
        if status in REFUSED:
            return UserError(
                f"{self.address} refuses (status {status}: {said}); check base_url, kind ({self.spec.kind}), model"
                f" ({self.served!r}) and api_key_env ({self.spec.api_key_env or 'none'})."
            )
        return CallFailed(f"status {status}: {said}")


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


def _wait(state: Any) -> float:
    """Seconds before the next try: twice as long each time, with jitter, and never less than the server asks for."""
    asked = state.outcome.exception().wait
    longest = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    jitter = random.uniform(0, longest)  # noqa: S311  no secret
    return float(jitter if asked is None else asked + jitter / 4)


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
