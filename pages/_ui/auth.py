"""Streamlit's own login, where [auth] of its secrets configures one: nobody is shown anything before."""

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pages._ui.base_path import below_base
from pages._ui.listening import has_auth
from pages._ui.refusal import refuse

# What a page needs to ask who comes: code, no data. The WebSocket runs `ask_who_comes` before every page.
OPEN = ("static/", "auth/", "oauth2callback", "component/", "_stcore/bidi-components/", "_stcore/health",
        "_stcore/host-config")  # fmt: skip


def ask_who_comes() -> None:
    """Call before a page runs: without a login, a button for it is all there is."""
    if has_auth() and not getattr(st.user, "is_logged_in", False):  # not there where nobody can log in
        st.title("CrowdSelect")
        st.write("This server asks who you are.")
        st.button("Log in", type="primary", key="log_in", on_click=st.login)
        st.stop()


class OnlyLoggedIn:
    """Refuses what is asked beside the pages, for who has not logged in by Streamlit's own login."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.asks = has_auth()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = below_base(scope["path"]) if self.asks and scope["type"] == "http" else None
        if path and not _is_open(path) and not _is_logged_in(HTTPConnection(scope)):
            await refuse(scope, receive, send, 401, "Log in first: open this server's page in the browser.\n")
            return
        await self.app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path.startswith(OPEN) or "/" not in path.rstrip("/")  # a page, or an icon of it


def _is_logged_in(request: HTTPConnection) -> bool:
    """By the cookie that Streamlit signs. It has no public reader, seen with 1.67; without one nobody is let in."""
    try:
        from streamlit.web.server.starlette.starlette_websocket import (
            _get_signed_cookie_with_chunks,
            _parse_decoded_user_cookie,
        )
    except ImportError:
        return False
    found = _get_signed_cookie_with_chunks(request.cookies, "_streamlit_user")
    origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return bool(found and _parse_decoded_user_cookie(found, origin).get("is_logged_in"))
