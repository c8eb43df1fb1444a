"""Who is answered: known host names, and where there is a login, who has logged in; else the server does not start."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from crowdselect.errors import UserError
from pages._ui import auth, listening, login
from pages._ui.attempts import FORGOTTEN, PATIENCE, Attempts
from pages._ui.hosts import KnownHosts, host_name, known_names
from pages._ui.listening import EVERYWHERE
from pages._ui.login import Login
from tests.browser.server import ROOT, serving
from tests.pages.asking import UPGRADE, Answer, ask
from tests.pages.builds import plain, publish
from tests.pages.conftest import Open, failures

HTML = {"Accept": "text/html"}
Serve = Callable[[], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a real server of pages and WebSockets behind the app's own guards; its port."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    async def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("the page")

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()

    def start() -> int:
        routes = [Route("/{rest:path}", page, methods=["GET", "PUT", "POST"]), WebSocketRoute("/stream", stream)]
        app = Starlette(routes=routes, middleware=[Middleware(KnownHosts), Middleware(Login)])
        held = socket.socket()
        held.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        return int(held.getsockname()[1])

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


KNOWN = [
    "localhost", "LocalHost:8501", "localhost.", "localhost.:1", "127.0.0.1", "127.0.0.1:65000", "[::1]", "[::1]:8501",
    "[0:0:0:0:0:0:0:1]", "[::FFFF:127.0.0.1]:80", "crowd.example.org", "CROWD.Example.ORG.:443", "[2001:db8::7]:1",
]  # fmt: skip
FOREIGN = [
    None, "", " ", "evil.test", "evil.test:8501", "localhost.evil.test", "evil-localhost", "localhost@evil.test",
    "evil.test#localhost", "localhost,evil.test", "localhost evil.test", "localhost/evil", "127.0.0.1.evil.test",
    "127.0.0.2", EVERYWHERE, "::1", "[::2]", "[::1", "localhost..", ".localhost", "localhost:x", "example.org",
    "[2001:db8::8]", "a" * 5000, "löcalhost",
]  # fmt: skip


def test_only_known_hosts_are_answered(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_HOSTS", "crowd.example.org, 2001:db8::7")
    port = serve()
    for host, known in (*((host, True) for host in KNOWN), *((host, False) for host in FOREIGN)):
        found = ask(port, host=host)
        assert (found.status == 200) == known, (host, found)
        assert ("the page" in found.body) == known, host
        assert (ask(port, "/stream", UPGRADE, host=host).status == 101) == known, host
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"):
        assert ask(port, headers={name: "localhost"}, host="evil.test").status == 403, name
    for lines in (("Host: evil.test",), ("host: evil.test",)):  # two of them
        assert ask(port, raw=lines).status in (400, 403)


def test_host_names_have_one_way_to_be_written() -> None:
    assert host_name("[0000::0001]:80") == host_name("[::1]") == "::1"
    assert known_names("10.0.0.5") == {"localhost", "127.0.0.1", "::1", "10.0.0.5"}


@pytest.mark.parametrize("hosts", ["https://crowd.example.org", "*", "crowd.example.org/app", "a b@c"])
def test_a_host_that_can_be_none_is_said(hosts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_HOSTS", hosts)
    with pytest.raises(UserError, match=r"CROWDSELECT_HOSTS: .* is no host name"):
        known_names(None)


def log_in(port: int, password: str, asked: str = "/") -> Answer:
    body = urlencode({"password": password, "next": asked}).encode()
    return ask(port, "/login", {"Content-Type": "application/x-www-form-urlencoded"}, method="POST", body=body)


def cookie_of(answer: Answer) -> str:
    [line] = [line for line in answer.headers.splitlines() if line.lower().startswith("set-cookie:")]
    return line.partition(":")[2].strip()


def test_nothing_is_shown_before_the_password(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_PASSWORD", "häslich & lang")
    monkeypatch.setattr(login, "Attempts", lambda: Attempts(clock=iter(range(0, 10**6, 100)).__next__))  # nobody waits
    port = serve()
    shown = ask(port, "/map?row=1&q=<b>", HTML)
    assert shown.status == 401
    assert 'value="/map?row=1&amp;q=&lt;b&gt;"' in shown.body
    assert "the page" not in shown.body
    for path, method in (("/map/1/points/x", "GET"), ("/media/x", "GET"), ("/_stcore/upload_file/a/b", "PUT")):
        assert ask(port, path, method=method).status == 401
    assert ask(port, "/stream", UPGRADE).status == 403
    assert ask(port, "/_stcore/health").status == 200
    for wrong in ("", "häslich", "häslich & lang ", "x" * 20_000):
        refused = log_in(port, wrong)
        assert refused.status == 401
        assert "set-cookie" not in refused.headers.lower()
    let_in = log_in(port, "häslich & lang", "/map?row=1")
    assert let_in.status == 303
    assert re.search(r"(?mi)^location: /map\?row=1\r?$", let_in.headers)
    cookie = cookie_of(let_in)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    session = {"Cookie": f"other=1; {cookie.split(';')[0]}"}
    assert ask(port, "/map", session | HTML).body == "the page"
    assert ask(port, "/stream", session | UPGRADE).status == 101
    for forged in ("in", cookie.split(";")[0].split("=", 1)[1][:-2] + "xx", "in.aaaa.bbbb", '"'):
        assert ask(port, "/map", {"Cookie": f"crowdselect_login={forged}"}).status == 401
    assert ask(serve(), "/map", session).status == 401  # another server's
    for elsewhere in ("//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/x\r\nA: b"):
        location = log_in(port, "häslich & lang", elsewhere).headers
        assert re.search(r"(?mi)^location: /\r?$", location), elsewhere
        assert "A: b" not in location


def test_guesses_are_slowed_down() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    waits = []
    for _ in range(7):
        wait = attempts.wait("guesser")
        assert wait is not None
        now[0] += wait
        waits.append(wait)
    assert waits == [0, 0.5, 1, 2, 4, 8, 8]
    assert attempts.wait("somebody else") == 0
    side_by_side = [attempts.wait("guesser") for _ in range(6)]  # one after the other, however many come at once
    assert side_by_side[:3] == [8, 16, None]
    assert set(side_by_side[2:]) == {None}
    now[0] += PATIENCE + FORGOTTEN + 20
    assert attempts.wait("guesser") == 0
    attempts.succeeded("guesser")
    assert attempts.wait("guesser") == 0


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.9.9.9", True), (EVERYWHERE, False),
        ("::", False), ("192.168.1.5", False), ("localhost.evil.test", False), (None, False), ("", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["", "CROWDSELECT_PASSWORD", "CROWDSELECT_OPEN"])
def test_beyond_this_machine_there_is_a_login(
    address: str | None, here: bool, variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(listening, "get_option", {"server.address": address}.get)
    if variable:
        monkeypatch.setenv(variable, "1")
    if here or variable:
        listening.start_or_say_why()
        return
    with pytest.raises(SystemExit) as ended:
        listening.start_or_say_why()
    assert ended.value.code == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "CROWDSELECT_PASSWORD" in line
    assert "CROWDSELECT_OPEN=1" in line


SECRETS = {"cookie_secret": "c" * 40, "redirect_uri": "http://localhost:8501/oauth2callback", "client_id": "x"}


def test_streamlits_own_login_comes_before_every_page(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path, plain()).path
    app = open_page("tune", place)
    assert len(app.metric) > 0
    app.secrets["auth"] = SECRETS
    app.run()
    assert [button.label for button in app.button] == ["Log in"]
    assert not app.metric
    assert not failures(app)


def test_streamlits_own_login_guards_what_is_beside_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "has_auth", lambda: True)
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: "c" * 40)

    async def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("the page")

    client = TestClient(Starlette(routes=[Route("/{rest:path}", page)], middleware=[Middleware(auth.OnlyLoggedIn)]))

    def status(path: str, **said: object) -> int:
        content = json.dumps({"origin": "http://testserver", "is_logged_in": True, **said}).encode()
        cookie = create_signed_value("c" * 40, "_streamlit_user", content).decode() if said else "forged"
        return client.get(path, headers={"Cookie": f"_streamlit_user={cookie}"}).status_code

    for path in ("/map/0001/points/tsne", "/picture/0001/tsne.png", "/media/x", "/_stcore/upload_file/a/b"):
        assert status(path) == 401
        assert status(path, email="somebody") == 200
        assert status(path, origin="http://evil.test") == 401
        assert status(path, is_logged_in=False) == 401
    assert status("/map") == 200


@pytest.mark.slow
def test_a_real_server_that_would_be_open_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.address", EVERYWHERE]
    variables = {**os.environ, "CROWDSELECT_WORKSPACE": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        f"crowdselect: server.address {EVERYWHERE} is open to other machines"
    )


@pytest.mark.slow
def test_a_real_server_guards_all_that_it_answers(tmp_path: Path) -> None:
    workspace = publish(tmp_path / "workspace", plain())
    asked = ["/", "/map", "/map/0001/points/tsne", "/picture/0001/tsne.png", "/media/x.csv", "/_stcore/host-config",
             "/_stcore/upload_file/a/b", "/static/x.js", "/_stcore/bidi-components/crowdselect.map/map.js"]  # fmt: skip
    variables = {"CROWDSELECT_PASSWORD": "secret", "CROWDSELECT_HOSTS": "crowd.example.org"}
    with serving(workspace.path, tmp_path / "log", ["--server.address", EVERYWHERE], variables) as address:
        port = urlsplit(address).port or 0
        stream = UPGRADE | {"Sec-WebSocket-Protocol": "streamlit"}
        for path in (*asked, "/_stcore/health"):
            assert ask(port, path, host="evil.test").status == 403, path
        for path in asked:
            assert ask(port, path).status == 401, path
            assert ask(port, path, {"Accept": "text/html"}).status == 401, path
        assert ask(port, "/_stcore/stream", stream, host="evil.test").status == 403
        assert ask(port, "/_stcore/stream", stream).status == 403
        session = {"Cookie": cookie_of(log_in(port, "secret")).split(";")[0]}
        assert ask(port, "/_stcore/stream", session | stream, host="crowd.example.org").status == 101
        assert ask(port, "/_stcore/stream", session | stream, host="evil.test").status == 403
        assert len(ask(port, "/map/0001/points/tsne", session).body) > 60
        assert "<html" in ask(port, "/map", session | HTML).body
