"""JSON put to one address of a server, tried again a bounded number of times: what scoring and measuring share."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from crowdselect.errors import UserError
from precompute.models.deadline import DeadlineError, Deadlines
from precompute.models.said_error import SaidError, error_in, message_of
from precompute.models.tries import Again, Tries
from precompute.models_file import Place

GIVE_UP = 5  # calls in a row that failed at every try
Made = TypeVar("Made")


class JsonCalls:
    """The calls to `address`, a path of the server of `spec`; safe to use from several threads.

    `name` is whose key is missing, and `check` says what to look at where the server refuses.
    """

    def __init__(self, address: str, spec: Place, name: str, check: str) -> None:
        import httpx2

        self.address, self.timeout = address, spec.timeout
        key = os.environ.get(spec.api_key_env, "") if spec.api_key_env else ""
        if spec.api_key_env and not key:
            raise UserError(f"{name} needs a key: set the environment variable {spec.api_key_env}.")
        self.tries = Tries(address, spec.retries, check, key, GIVE_UP)
        self.deadlines = Deadlines()
        # No connection is kept: on one that is, an answer that comes twice would be read as that of the next call.
        self.client = httpx2.Client(
            timeout=spec.timeout,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            limits=httpx2.Limits(max_keepalive_connections=0),
            event_hooks={"request": [self.deadlines.watch]},
        )

    def post(self, body: dict[str, Any], read: Callable[[Any], Made]) -> Made:
        """What `read` makes of the answer. Raises CallFailed with the reason, or UserError when no call can succeed."""
        return self.tries.run(lambda: read(self._once(body)))

    def _once(self, body: dict[str, Any]) -> Any:
        import httpx2

        try:
            with self.deadlines.within(self.timeout):
                reply = self.client.post(self.address, json=body)
        except DeadlineError as error:
            raise Again(str(error)) from None
        except httpx2.TimeoutException:
            raise Again(f"no answer within {self.timeout:g} s") from None
        except httpx2.HTTPError:
            raise Again("the connection broke, or there was none", None, False) from None
        if reply.status_code != 200:
            said = SaidError(reply.status_code, message_of(reply.text), busy=False)
            raise self.tries.refused(said, reply.headers)
        try:
            answer = reply.json()
        except (ValueError, RecursionError):  # what is no JSON
            raise Again("half an answer: it is not JSON") from None
        reported = error_in(answer)
        if reported is not None:
            raise self.tries.refused(reported)
        return answer
