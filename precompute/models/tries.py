"""A call to a server, tried again a bounded number of times: what chat models and reward models behind one share."""

import random
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import CallFailed
from precompute.models.said_error import SaidError

Made = TypeVar("Made")

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between tries, where the server names none
SHOWN = 300  # characters of a server's own words
PATIENCE = 600.0  # seconds: a server that asks for more is not waited for
TRANSIENT = (408, 409, 425, 429)  # beside 500 and above
# No other call would fare better.
FORBIDDEN = {
    401: "refuses the key",
    403: "refuses access",
    404: "knows no such model or address",
    405: "is no such API",
}


class Again(Exception):  # noqa: N818
    """A try that failed in a way that another may not; `wait` is what the server asked for, in seconds.

    `reached`: whether anybody was there at all.
    """

    def __init__(self, reason: str, wait: float | None = None, reached: bool = True) -> None:
        super().__init__(reason)
        self.wait, self.reached = wait, reached


class Tries:
    """The calls to one server; safe to use from several threads.

    `retries` of a call after its first try. After `give_up` calls in a row that failed at every try the server counts
    as gone. `check` says what to look at where it refuses, and `secret` never stands in a message.
    """

    def __init__(self, address: str, retries: int, check: str, secret: str = "", give_up: int = 20) -> None:
        self.address, self.retries, self.check, self.secret, self.most = address, retries, check, secret, give_up
        self.lock, self.answered, self.failed_in_a_row = threading.Lock(), False, 0
        self.gone: UserError | None = None  # no call can succeed any more

    def run(self, once: Callable[[], Made]) -> Made:
        """What `once` gives; it raises Again for what another try may mend.

        Raises CallFailed with the reason why this call failed at every try, or UserError when no call can succeed.
        """
        import tenacity

        def one() -> Made:
            if self.gone:
                raise self.gone
            return once()

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.retries + 1),
            wait=wait_for,
            retry=tenacity.retry_if_exception_type(Again),
            reraise=True,
        )
        try:
            made = retrying(one)
        except Again as error:
            self._given_up(error)
            raise CallFailed(f"{error} (after {self.retries + 1} tries)") from None
        with self.lock:
            self.answered, self.failed_in_a_row = True, 0
        return made

    def refused(self, error: SaidError, headers: Mapping[str, str] | None = None) -> Exception:
        """What a server's error means: try again, leave this call, or stop."""
        said = str(error)
        said = (said.replace(self.secret, "***") if self.secret else said)[:SHOWN]
        status = error.status or 0
        if status in TRANSIENT or status >= 500 or error.busy:
            wait = retry_after(headers or {})
            if wait is not None and wait > PATIENCE:
                return CallFailed(f"{said}: the server asks to wait {wait:,.0f} s")
            return Again(said, wait)
        if status in FORBIDDEN:
            self.gone = UserError(f"{self.address} {FORBIDDEN[status]} ({said}); check {self.check}.")
            return self.gone
        return CallFailed(said)

    def _given_up(self, error: Again) -> None:
        """Count a call that failed at every try; a server that is not there at all stops the run."""
        with self.lock:
            self.failed_in_a_row += 1
            silent = not error.reached and not self.answered
            if silent or self.failed_in_a_row >= self.most:
                self.gone = UserError(
                    f"{self.address} does not answer ({error}); see that it runs, then run the same command again:"
                    " answers that came are kept."
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


def wait_for(state: Any) -> float:
    """Seconds before the next try: twice as long each time, with jitter, and never less than the server asks for."""
    asked = state.outcome.exception().wait
    longest = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    jitter = random.uniform(0, longest)  # noqa: S311  no secret
    return float(jitter if asked is None else asked + jitter / 4)
