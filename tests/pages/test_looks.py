"""The style in the head of every page, and of nothing else."""

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages._ui import looks, shell

PAGE = b"<html><head><title>x</title></head><body></head></body></html>"


def whole(request: Request) -> Response:
    return HTMLResponse(PAGE)


def pieces(request: Request) -> Response:
    return StreamingResponse(iter([PAGE[:20], PAGE[20:33], PAGE[33:]]), media_type="text/html; charset=utf-8")


def text(request: Request) -> Response:
    return PlainTextResponse(PAGE)


def packed(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"content-encoding": "identity"})


@pytest.fixture
def client() -> TestClient:
    routes = [Route(f"/{each.__name__}", each) for each in (whole, pieces, text, packed)]
    return TestClient(looks.Looks(shell.Shell(Starlette(routes=routes))))


@pytest.mark.parametrize("path", ["whole", "pieces", *shell.PAGES])
def test_a_page_carries_the_style_once(path: str, client: TestClient) -> None:
    answer = client.get(f"/{path}", headers={"accept": "text/html"})
    head = answer.content.split(b"</head>")[0]
    assert head.count(b"<style>") == answer.content.count(b"<style>") == head.count(looks.FILE.read_bytes()) == 1
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("path", ["text", "packed"])
def test_other_answers_stay_as_they_are(path: str, client: TestClient) -> None:
    answer = client.get(f"/{path}")
    assert (answer.content, int(answer.headers["content-length"])) == (PAGE, len(PAGE))


def test_the_style_is_inert_and_names_what_streamlit_has() -> None:
    style = looks.FILE.read_text(encoding="utf-8")
    assert "<" not in style
    assert "url(" not in style
    assert "@import" not in style
    code = "".join(file.read_text(encoding="utf-8") for file in shell.CHUNKS.glob("*.js"))
    for name in {*re.findall(r'data-testid="(\w+)"', style), *re.findall(r"\.(rc-[\w-]+)", style)}:
        assert name.removesuffix("-item") in code, f"Streamlit no longer draws {name}"
