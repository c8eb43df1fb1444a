"""A model behind an OpenAI-compatible address: one call, tried again a bounded number of times."""

import os
import random
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import Answer, CallFailed, HalfAnswer, answer_of
from precompute.models_file import Chat

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between tries, where the server names none
PATIENCE = 600.0  # seconds: a server that asks for more is not waited for
GIVE_UP = 20  # calls in a row that failed at every try: the server is gone, and so is the use of going on
KEYLESS = "none"  # what servers without keys are sent: never a key of the environment that was not named
TRANSIENT = (408, 409, 425, 429)  # beside 500 and above
FORBIDDEN = {401: "refuses the key", 403: "refuses access", 404: "knows no such model or address", 405: "is no chat"}

Messages = Sequence[dict[str, str]]


class _Again(Exception):  # noqa: N818
    """A try that failed in a way that another may not; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None, reached: bool = True) -> None:
        super().__init__(reason)
        self.wait, self.reached = wait, reached


class Endpoint:
    """One server and model; safe to call from several threads.

    Every call has a connection of its own: on a connection that is kept, an answer that a server sends twice would be
    read as the answer to the next question.
    """

    def __init__(self, spec: Chat) -> None:
        import httpx2
        import openai

        self.spec, self.key = spec, _key(spec)
        self.lock, self.answered, self.failed_in_a_row = threading.Lock(), 0, 0
        self.gone: UserError | None = None
        limits = httpx2.Limits(max_keepalive_connections=0)
        self.client = openai.OpenAI(
            base_url=spec.base_url,
            api_key=self.key,
            max_retries=0,
            timeout=spec.timeout,
            http_client=openai.DefaultHttpxClient(limits=limits, timeout=spec.timeout),
        )
        if not spec.api_key_env:  # nor the account that the environment names
            self.client.organization = self.client.project = None

    def ask(self, messages: Messages, seed: str = "") -> Answer:
        """The answer to `messages`. Raises CallFailed with the reason, or UserError when no call can succeed."""
        import tenacity

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.spec.retries + 1),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            answer = retrying(self._try, messages)
        except _Again as error:
            self._given_up(error)
            raise CallFailed(f"{error} (after {self.spec.retries + 1} tries)") from None
        with self.lock:
            self.answered, self.failed_in_a_row = self.answered + 1, 0
        return answer

    def _try(self, messages: Messages) -> Answer:
        import httpx2
        import openai

        if self.gone:
            raise self.gone
        body = {"model": self.spec.served, "messages": list(messages), **self.spec.params}
        try:
            response = self.client.post("/chat/completions", cast_to=httpx2.Response, body=body)
            return answer_of(response.json())
        except openai.APIStatusError as error:
            raise self._refused(error) from None
        except openai.APITimeoutError:
            raise _Again(f"no answer within {self.spec.timeout:g} s") from None
        except openai.APIConnectionError as error:
            half = isinstance(error.__cause__, httpx2.RemoteProtocolError | httpx2.ReadError)
            raise _Again("half an answer: the connection broke" if half else "no connection", None, half) from None
        except httpx2.HTTPError:
            raise _Again("half an answer: the connection broke") from None
        except HalfAnswer as error:
            raise _Again(str(error)) from None
        except (ValueError, RecursionError):  # what is no JSON
            raise _Again("half an answer: it is not JSON") from None

    def _refused(self, error: Any) -> Exception:
        """What an error status means: try again, leave this call, or stop."""
        status = error.status_code
        said = " ".join(str(getattr(error, "message", "") or "").split()).replace(self.key, "***")[:200]
        if status in TRANSIENT or status >= 500:
            wait = retry_after(error.response.headers)
            if wait is not None and wait > PATIENCE:
                return CallFailed(f"status {status}: the server asks to wait {wait:,.0f} s")
            return _Again(f"status {status}: {said}", wait)
        if status in FORBIDDEN:
            remedy = f"check base_url, model ({self.spec.served!r}) and api_key_env ({self.spec.api_key_env or 'none'})"
            self.gone = UserError(f"{self.spec.base_url} {FORBIDDEN[status]} (status {status}: {said}); {remedy}.")
            return self.gone
        return CallFailed(f"status {status}: {said}")

    def _given_up(self, error: _Again) -> None:
        """Count a call that failed at every try; a server that is not there at all stops the run."""
        with self.lock:
            self.failed_in_a_row += 1
            silent = not error.reached and not self.answered
            if silent or self.failed_in_a_row >= GIVE_UP:
                self.gone = UserError(
                    f"{self.spec.base_url} does not answer ({error}); see that it runs, then run the same command"
                    " again: answers that came are kept."
                )
        if self.gone:
            raise self.gone


def retry_after(headers: Any) -> float | None:
    """The seconds that a server asks to wait: retry-after-ms, or Retry-After as seconds or as a date."""
    from email.utils import parsedate_to_datetime
    from time import time

    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    try:
        return max(parsedate_to_datetime(headers["retry-after"]).timestamp() - time(), 0.0)
    except (KeyError, TypeError, ValueError):
        return None


def _wait(state: Any) -> float:
    """Seconds before the next try: twice as long each time, with jitter, and never less than the server asks for."""
    error = state.outcome.exception()
    longest = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    jitter = random.uniform(0, longest)  # noqa: S311  no secret
    return jitter if error.wait is None else error.wait + jitter / 4


def _key(spec: Chat) -> str:
    if not spec.api_key_env:
        return KEYLESS
    key = os.environ.get(spec.api_key_env, "").strip()
    if not key:
        raise UserError(f"{spec.label} needs a key: set the environment variable {spec.api_key_env}.")
    return key


@lru_cache(maxsize=32)
def _endpoint(spec: str) -> Endpoint:
    return Endpoint(Chat.model_validate_json(spec))


_MAKING = threading.Lock()


def endpoint(spec: Chat) -> Any:
    """What answers for `spec`: a client of its server, or its weights in this process. Made once a process."""
    fields = spec.model_dump_json(include=set(Chat.model_fields))
    with _MAKING:
        if spec.local:
            from precompute.models.endpoint_local import local_chat

            return local_chat(fields)
        return _endpoint(fields)
