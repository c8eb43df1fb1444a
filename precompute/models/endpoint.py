"""A model behind an OpenAI-compatible address: one call, tried again a bounded number of times."""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from crowdselect.errors import UserError
from precompute.models.deadline import DeadlineError, Deadlines
from precompute.models.endpoint_answer import Answer, HalfAnswer, ServerFailed, answer_of
from precompute.models.said_error import SaidError, message_of
from precompute.models.tries import Again, Tries
from precompute.models_file import Chat

KEYLESS = "none"  # what servers without keys are sent: never a key of the environment that was not named

Messages = Sequence[dict[str, str]]


class Endpoint:
    """One server and model; safe to call from several threads.

    Every call has a connection of its own: on a connection that is kept, an answer that a server sends twice would be
    read as the answer to the next question.
    """

    def __init__(self, spec: Chat) -> None:
        import httpx2
        import openai

        self.spec, key = spec, _key(spec)
        check = f"base_url, model ({spec.served!r}) and api_key_env ({spec.api_key_env or 'none'})"
        self.tries = Tries(str(spec.base_url), spec.retries, check, key)
        self.deadlines = Deadlines()
        self.client = openai.OpenAI(
            base_url=spec.base_url,
            api_key=key,
            max_retries=0,
            timeout=spec.timeout,
            http_client=openai.DefaultHttpxClient(
                limits=httpx2.Limits(max_keepalive_connections=0),
                timeout=spec.timeout,
                event_hooks={"request": [self.deadlines.watch]},
            ),
        )
        if not spec.api_key_env:  # nor the account that the environment names
            self.client.organization = self.client.project = None

    def ask(self, messages: Messages, seed: str = "") -> Answer:
        """The answer to `messages`. Raises CallFailed with the reason, or UserError when no call can succeed."""
        return self.tries.run(lambda: self._once(messages))

    def _once(self, messages: Messages) -> Answer:
        import httpx2
        import openai

        body = {"model": self.spec.served, "messages": list(messages), **self.spec.params}
        try:
            with self.deadlines.within(self.spec.timeout):
                response = self.client.post("/chat/completions", cast_to=httpx2.Response, body=body)
            return answer_of(response.json())
        except openai.APIStatusError as error:
            said = SaidError(error.status_code, message_of(error.response.text), busy=False)
            raise self.tries.refused(said, error.response.headers) from None
        except ServerFailed as error:
            raise self.tries.refused(error.error) from None
        except DeadlineError as error:
            raise Again(str(error)) from None
        except openai.APITimeoutError:
            raise Again(f"no answer within {self.spec.timeout:g} s") from None
        except openai.APIConnectionError as error:
            half = isinstance(error.__cause__, httpx2.RemoteProtocolError | httpx2.ReadError)
            raise Again("half an answer: the connection broke" if half else "no connection", None, half) from None
        except httpx2.HTTPError:
            raise Again("half an answer: the connection broke") from None
        except HalfAnswer as error:
            raise Again(str(error)) from None
        except (ValueError, RecursionError):  # what is no JSON
            raise Again("half an answer: it is not JSON") from None


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
