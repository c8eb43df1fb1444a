"""Small messages leave at once."""

import asyncio
import socket

from uvicorn.protocols.http.auto import AutoHTTPProtocol


def send_at_once() -> None:
    """Turns Nagle's algorithm off for every connection from now on, WebSockets included.

    asyncio does so by itself, but not for a listening socket that was made without naming its protocol, as Streamlit's
    is. Then each answer in two parts, and each message after another, waits up to 40 ms for the browser's receipt.
    """
    made = AutoHTTPProtocol.connection_made

    def connection_made(self: asyncio.BaseProtocol, transport: asyncio.BaseTransport) -> None:
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made(self, transport)

    AutoHTTPProtocol.connection_made = connection_made  # type: ignore[method-assign]
