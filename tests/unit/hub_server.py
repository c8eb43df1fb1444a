"""A hub on this machine: the few endpoints that huggingface_hub asks for one data set, over real HTTP."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """`files` by name of data set `repo`; `cut` bytes are sent of a file before the line drops, once."""

    def __init__(self, repo: str, files: dict[str, bytes]):
        self.repo, self.files = repo, files
        self.asked: list[tuple[str, str, str | None]] = []  # method, path, Range
        self.cut: int | None = None
        self.status = self.status_after_cut = 200
        self.endpoint = ""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            hub.asked.append((self.command, path, self.headers.get("Range")))
            if hub.status != 200:
                self.answer(hub.status, {"error": "no"}, {"X-Error-Message": "no"})
            elif path in (f"/api/datasets/{hub.repo}", f"/api/datasets/{hub.repo}/revision/{COMMIT}"):
                siblings = [{"rfilename": name} for name in hub.files]
                self.answer(200, {"id": hub.repo, "sha": COMMIT, "siblings": siblings})
            elif path.startswith(prefix := f"/datasets/{hub.repo}/resolve/{COMMIT}/"):
                self.file(hub.files[path.removeprefix(prefix)])
            else:
                self.answer(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})

        def answer(self, status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def file(self, content: bytes) -> None:
            first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
            self.send_response(206 if first else 200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Accept-Ranges", "bytes")
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            if self.command == "HEAD":
                return
            if hub.cut is not None:
                self.wfile.write(content[first : first + hub.cut])
                hub.cut, hub.status = None, hub.status_after_cut
                self.close_connection = True
                return
            self.wfile.write(content[first:])

        def log_message(self, *args: object) -> None:
            """Quiet: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
