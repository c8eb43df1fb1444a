"""The few rules of style that no setting of Streamlit's has: in the head of every page, before anything is drawn."""

import functools
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE = Path(__file__).parent / "looks.css"
END = b"</head>"


class Looks:
    """Puts the style into each HTML answer; every other answer passes through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None  # of an HTML answer, held back until its length is known
        body = b""

        async def send_dressed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    whole = dressed(body)
                    MutableHeaders(scope=start)["Content-Length"] = str(len(whole))
                    await send(start)
                    await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, send_dressed)


def dressed(html: bytes) -> bytes:
    """The page with the style at the end of its head."""
    return html.replace(END, b"<style>\n" + _style() + b"</style>\n" + END, 1)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


@functools.cache
def _style() -> bytes:
    return FILE.read_bytes()
