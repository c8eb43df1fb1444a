"""Raw HTTP: requests that no client library would send, and what is answered."""

import socket
from collections.abc import Mapping
from typing import NamedTuple

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Answer(NamedTuple):
    status: int
    headers: str
    body: str


def ask(
    port: int,
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    *,
    host: str | None = "localhost",
    method: str = "GET",
    body: bytes = b"",
    raw: tuple[str, ...] = (),
    to: str = "127.0.0.1",
) -> Answer:
    """The answer to one request; `host` None sends no Host header, `raw` are further header lines as they are."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += raw
    lines += [f"Content-Length: {len(body)}"] if body else []
    if "Upgrade" not in (headers or {}):
        lines += ["Connection: close"]
    with socket.create_connection((to, port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return _read(connection)


def _read(connection: socket.socket) -> Answer:
    """Up to the end, or of an accepted WebSocket its first lines."""
    content = b""
    while part := connection.recv(65536):
        content += part
        if content.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in content:
            break
    head, _, body = content.partition(b"\r\n\r\n")
    status, _, headers = head.decode("latin-1").partition("\r\n")
    return Answer(int(status.split()[1]), headers, body.decode("utf-8", "replace"))
