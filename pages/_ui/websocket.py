"""How much the server remembers of what it has sent: a page that has not changed then costs about a kilobyte."""

from typing import Any

from uvicorn.protocols.websockets import websockets_sansio_impl as protocol

WINDOW_BITS = 15  # 32 kB, the most there is: enough for the messages of a whole page


def remember_a_page() -> None:
    """Call before the server starts. Messages are then deflated against those of the run before.

    Streamlit's server offers a window of 4 kB and no setting for it. Where its internals have changed, nothing happens
    but that more bytes are sent.
    """
    factory = getattr(protocol, "ServerPerMessageDeflateFactory", None)
    if factory is None:
        return

    def with_a_larger_window(**given: Any) -> Any:
        return factory(**{**given, "server_max_window_bits": WINDOW_BITS, "compress_settings": {"memLevel": 8}})

    protocol.ServerPerMessageDeflateFactory = with_a_larger_window  # type: ignore[assignment,misc]
