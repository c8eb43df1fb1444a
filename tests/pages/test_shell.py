"""The server around the pages: files from memory, what a page's answer names, and messages that leave at once."""

import json
import re
import socket
import threading
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_routes import create_host_config_routes
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from pages._ui import shell
from pages._ui.no_delay import send_at_once

HTML = {"accept": "text/html,*/*"}
ROOT = Path(__file__).parents[2]


def behind(request: Request) -> Response:
    return HTMLResponse("behind")


@pytest.fixture
def client() -> TestClient:
    return TestClient(shell.Shell(Starlette(routes=[Route("/{path:path}", behind)])))


def test_files_of_streamlit_come_from_memory(client: TestClient) -> None:
    [page] = re.findall(r'src="\./(static/js/index[^"]+)"', (shell.ROOT / "index.html").read_text(encoding="utf-8"))
    answer = client.get(f"/{page}")
    assert answer.content == (shell.ROOT / page).read_bytes()
    assert "javascript" in answer.headers["content-type"]
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/../index.html", "/static/js/../../index.html", "/static/js/none.js", "/x"])
def test_nothing_else_is_answered(client: TestClient, path: str) -> None:
    assert client.get(path).text == "behind"


@pytest.mark.parametrize("page", [file.stem for file in (ROOT / "pages").glob("[a-z]*.py")])
def test_a_page_names_what_it_draws_with(client: TestClient, page: str) -> None:
    """Every page is listed, every name still is a file of this Streamlit, and each is wanted."""
    named = re.findall(r"<\.(/[^>]+)>; rel=modulepreload", client.get(f"/{page}", headers=HTML).headers["link"])
    assert len(named) == len(set(named)) > 10
    for address in named:
        if address.startswith("/static/"):
            assert client.get(address).text != "behind"
        else:
            component, file = address.rsplit("/", 2)[1:]
            assert (shell.HERE / component.removeprefix("crowdselect.") / "assets" / file).is_file()
    for name in (*shell.PAGES[page], *shell.EVERYWHERE):
        assert any(f"/{name}." in address for address in named), f"Streamlit has no file of the name {name}"


@pytest.mark.parametrize("page", ["", "tune", "map"])
def test_a_page_is_streamlits_own_and_says_where_the_server_is(client: TestClient, page: str) -> None:
    """Under a path of a proxy too: it is what stands before the page's name."""
    answer = client.get(f"/{page}", headers=HTML)
    own = (shell.ROOT / "index.html").read_text(encoding="utf-8")
    script = re.search(r"(?s)\s*<script>window\.__streamlit.*?</script>", answer.text)
    assert script is not None
    style = f"  <style>\n{shell.LOOKS.read_text(encoding='utf-8')}</style>\n  "
    assert answer.text.replace(script.group(), "", 1).replace(style, "", 1) == own
    assert f"replace(/{page}\\/?$/" in script.group()
    assert answer.headers["cache-control"] == "no-cache"


def test_a_page_tells_the_settings_that_streamlit_would(client: TestClient) -> None:
    """Else the browser would take other ones until the server's own have come."""
    asked = TestClient(Starlette(routes=create_host_config_routes(None))).get("/_stcore/host-config").json()
    told = re.search(r"HOST_CONFIG: (\{.*?\}) \}\n", client.get("/map", headers=HTML).text)
    assert told is not None
    assert json.loads(told.group(1)) == asked
    assert asked["allowedOrigins"], "without any, Streamlit asks the server first"


def test_the_style_is_inert_and_names_what_streamlit_has() -> None:
    style = shell.LOOKS.read_text(encoding="utf-8")
    assert "<" not in style
    assert "url(" not in style
    assert "@import" not in style
    code = "".join(file.read_text(encoding="utf-8") for file in shell.CHUNKS.glob("*.js"))
    for name in {*re.findall(r'data-testid="(\w+)"', style), *re.findall(r"\.(rc-[\w-]+)", style)}:
        assert name.removesuffix("-item") in code, f"Streamlit no longer draws {name}"


def test_only_pages_name_anything(client: TestClient) -> None:
    assert "link" not in client.get("/tune", headers={"accept": "*/*"}).headers
    assert "link" not in client.get("/picture/1/tsne.png", headers=HTML).headers


def test_messages_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a socket that names no protocol, as Streamlit's is; asyncio alone would let messages there wait."""
    seen = []
    made = AutoHTTPProtocol.connection_made

    def noted(self: object, transport: object) -> None:
        sock = transport.get_extra_info("socket")  # type: ignore[attr-defined]
        seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)  # type: ignore[arg-type]

    monkeypatch.setattr(AutoHTTPProtocol, "connection_made", noted)
    ask_once()
    send_at_once()
    ask_once()
    assert seen == [0, 1]


def ask_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", behind)]), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        with socket.create_connection(listening.getsockname()) as asking:
            asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            asking.recv(100)
        server.should_exit = True
        thread.join(20)


def test_room_is_kept_for_the_sidebar_that_a_page_has(client: TestClient) -> None:
    for file in (ROOT / "pages").glob("[a-z]*.py"):
        code = file.read_text(encoding="utf-8")
        stands = "open" if "open_sidebar=True" in code else "closed" if "selection_page(" in code else None
        assert shell.SIDEBARS.get(file.stem) == stands
        said = re.findall(r'dataset\.sidebar = "(\w+)"', client.get(f"/{file.stem}", headers=HTML).text)
        assert said == ([stands] if stands else [])
