"""A bound on one whole call to a server: connecting, sending, and reading the answer to its last byte.

The client's own timeouts count the seconds without a byte, so an answer that drips would never end by them.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any


class DeadlineError(Exception):
    """The call was not over when its time was."""


class Deadlines:
    """For one client, whose event hook for requests is `watch`; a thread makes one call at a time."""

    def __init__(self) -> None:
        self.here = threading.local()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cuts the connection of the call that the block makes when `seconds` are over; raises DeadlineError then."""
        call = self.here.call = _Call()
        timer = threading.Timer(seconds, call.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            if call.over:
                raise DeadlineError(f"no whole answer within {seconds:g} s") from error
            raise
        finally:
            timer.cancel()
            self.here.call = None

    def watch(self, request: Any) -> None:
        """Follow the request's connection, if a deadline holds."""
        call = getattr(self.here, "call", None)
        if call is not None:
            request.extensions["trace"] = call.trace


class _Call:
    """One call and its connection."""

    def __init__(self) -> None:
        self.over, self.stream = False, None
        self.lock = threading.Lock()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """The transport tells each step; those that end with a connection hand it over."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self.lock:
                self.stream = info["return_value"]
                if self.over:
                    self._end()

    def cut(self) -> None:
        with self.lock:
            self.over = True
            self._end()

    def _end(self) -> None:
        if self.stream is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self.stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
