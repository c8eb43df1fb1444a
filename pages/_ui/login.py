"""A login with one password, CROWDSELECT_PASSWORD: pages, routes, uploads, media and WebSockets are behind it."""

import asyncio
import hashlib
import hmac
import html
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crowdselect.settings import setting
from pages._ui.attempts import Attempts
from pages._ui.base_path import base_path, below_base
from pages._ui.refusal import refuse

COOKIE = "crowdselect_login"
VALID = 7 * 24 * 3600  # seconds
LONGEST_FORM = 10_000  # bytes
ADDRESS = "login"
OPEN = ("_stcore/health",)  # for who watches whether the server lives; it says nothing else
PAGE = (Path(__file__).parent / "login.html").read_text(encoding="utf-8")


class Login:
    """Asks for the password where one is set; who has given it carries a signed cookie that scripts cannot read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.password = _digest(setting("password")) if setting("password") else None
        self.signer = TimestampSigner(secrets.token_bytes(32))  # anew with each start: old cookies no longer count
        self.attempts = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.password is None or scope["type"] not in ("http", "websocket") or self._is_logged_in(scope):
            await self.app(scope, receive, send)
            return
        path = below_base(scope["path"])
        if path in OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "POST" and path == ADDRESS:
            await (await self._answer(Request(scope, receive)))(scope, receive, send)
        elif scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            asked = scope["path"] + (f"?{query}" if query else "")
            await _page(asked, "", 401)(scope, receive, send)
        else:
            await refuse(scope, receive, send, 401, "Log in first: open this server's page in the browser.\n")

    def _is_logged_in(self, scope: Scope) -> bool:
        try:
            cookies = SimpleCookie("; ".join(Headers(scope=scope).getlist("cookie")))
            self.signer.unsign(cookies[COOKIE].value, max_age=VALID)
        except (KeyError, CookieError, BadSignature):
            return False
        return True

    async def _answer(self, request: Request) -> Response:
        """The way on where the password is right; else the form again, later with each failure."""
        form = await _form(request)
        asked = _local(form.get("next", ""))
        address = request.client.host if request.client else ""
        wait = self.attempts.wait(address)
        if wait is None:
            return _page(asked, "Too many attempts. Wait half a minute.", 429)
        await asyncio.sleep(wait)
        if not hmac.compare_digest(_digest(form.get("password", "")), self.password or b""):
            return _page(asked, "That is not the password.", 401)
        self.attempts.succeeded(address)
        answer = RedirectResponse(asked, 303, {"Cache-Control": "no-store"})
        answer.set_cookie(
            COOKIE,
            self.signer.sign("in").decode(),
            max_age=VALID,
            path=base_path() or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer


def _digest(password: str) -> bytes:
    """Of one length, whatever the password's: comparing two takes the same time."""
    return hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest()


async def _form(request: Request) -> dict[str, str]:
    """The form's fields; none where it is longer than any of ours."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LONGEST_FORM:
            return {}
    fields = parse_qs(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    return {name: values[0] for name, values in fields.items()}


def _local(address: str) -> str:
    """`address` where it lies within the app, else the app's first page: nobody is sent elsewhere."""
    plain = address.isascii() and address.isprintable() and "\\" not in address and not address.startswith("//")
    return address if plain and below_base(address.split("?")[0]) is not None else f"{base_path()}/"


def _page(asked: str, wrong: str, status: int) -> Response:
    said = PAGE.replace("{action}", html.escape(f"{base_path()}/{ADDRESS}")).replace("{wrong}", html.escape(wrong))
    return HTMLResponse(said.replace("{next}", html.escape(asked)), status, {"Cache-Control": "no-store"})
