"""An answer that refuses a request, whatever kind it is."""

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

POLICY_VIOLATION = 1008  # of a WebSocket; before it is accepted, the server makes a 403 of it


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    """Ends the request with `why`, a line of plain text."""
    if scope["type"] == "websocket":
        await receive()  # its wish to connect
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
        return
    await PlainTextResponse(why, status, {"Cache-Control": "no-store"})(scope, receive, send)
