"""Which host names this server answers to.

A page of another site may give its own name this machine's address (DNS rebinding); the browser then takes the app for
a part of that site. What it cannot do is ask under a name of ours, so a request under any other name is refused. (The
middleware of Starlette and the setting of Streamlit for this look at some requests only, or cannot read IPv6.)
"""

import ipaddress
import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.config import get_option

from crowdselect.errors import UserError
from crowdselect.settings import setting
from pages._ui.refusal import refuse

HERE = ("localhost", "127.0.0.1", "::1")
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?", re.IGNORECASE)


def host_name(header: str) -> str | None:
    """The name in a Host header: without its port, one way to write it; None for what is no host."""
    found = HOST.fullmatch(header)
    return plain_name(found[1].strip("[]")) if found else None


def plain_name(name: str) -> str | None:
    """A name or address in the one way that names are compared; None for an address that is none."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None if ":" in name else name.lower().removesuffix(".") or None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def known_names(bound: str | None) -> frozenset[str]:
    """This machine's own names, the address that the server listens on, and those of CROWDSELECT_HOSTS."""
    names: Iterable[str | None] = (*HERE, plain_name(bound) if bound else None, *_named())
    return frozenset(name for name in names if name)


def _named() -> list[str]:
    """What CROWDSELECT_HOSTS lists; a port counts for nothing. UserError for what can be no host."""
    found = []
    for written in re.split(r"[,\s]+", setting("hosts").strip()):
        name = host_name(written) or (plain_name(written) if written.count(":") > 1 else None)  # IPv6 without brackets
        if written and name is None:
            raise UserError(f"CROWDSELECT_HOSTS: {written!r} is no host name; list names such as crowd.example.org.")
        found += [name] if name else []
    return found


class KnownHosts:
    """Refuses requests and WebSockets under a foreign name, before anything else looks at them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.known = known_names(get_option("server.address"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_known(scope):
            await self.app(scope, receive, send)
            return
        why = "This server does not answer to that host name; CROWDSELECT_HOSTS lists those that it should answer to.\n"
        await refuse(scope, receive, send, 403, why)

    def _is_known(self, scope: Scope) -> bool:
        """Whether the one Host header names this server. Only a header of the request itself counts."""
        said = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"]
        name = host_name(said[0]) if len(said) == 1 else None
        if name is None:
            return False
        arrived_at = (scope.get("server") or ("",))[0]  # where the server listens on every address
        return name in self.known or name == plain_name(arrived_at)
