"""Downloads that no one holds whole: files made while they are sent, and the refused records as they lie on disk."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.workspace import current, selected, workspace

MOST = 4096  # offers that are remembered: some kilobytes each, of all sessions
AT_ONCE = 1 << 18  # bytes of a part that is sent
GONE = "This file is no longer offered; reload the page and download it again."
Parts = Callable[[Build, Pool], Iterator[bytes]]


@dataclass(frozen=True)
class Offer:
    """A file that can be downloaded. What makes it holds recipes, not selections: those are kept by `selected`."""

    build: str
    name: str
    media_type: str
    parts: Parts


def offered(build: Build, name: str, media_type: str, recipes: str, parts: Parts) -> str:
    """The address of a file made of `build`; `recipes` says in words all that `parts` depends on."""
    said = "\0".join([str(build.path), name, media_type, recipes])
    token = hashlib.sha256(said.encode()).hexdigest()[:32]
    _remembered(token, Offer(build.id, name, media_type, parts))
    return f"download/{token}/{name}"


def of_recipe(recipe: Recipe, make: Callable[[Selection, Build], Iterator[bytes]]) -> Parts:
    """What makes a file of one recipe's selection, chosen again where it is no longer kept."""
    return lambda build, pool: make(selected(build, pool, recipe), build)


def download(request: Request) -> Response:
    """The file, sent as it is made. What fails before its first part is said; after that, the download breaks off."""
    try:
        offer = _remembered(request.path_params["token"], None)
        opened = current()
        if opened is None or opened[0].id != offer.build:
            raise UserError(GONE)
        parts = _gathered(offer.parts(*opened))
        first = next(parts, b"")
    except UserError as error:
        return PlainTextResponse(str(error), status_code=404)
    headers = {
        "Content-Disposition": f'attachment; filename="{offer.name}"',
        "Content-Encoding": "identity",  # so that no other part of the server compresses it
        "Cache-Control": "no-store",
    }
    return StreamingResponse(chain([first], parts), media_type=offer.media_type, headers=headers)


def rejects_address(file: Path) -> str:
    """Where one of the workspace's files of refused records is downloaded."""
    return f"rejects/{quote(file.name)}"


def rejects(request: Request) -> Response:
    """A file of refused records, read as it is sent."""
    name = request.path_params["name"]
    found = {file.name: file for file in workspace().rejects.glob("*.jsonl")}
    if name not in found:
        return PlainTextResponse(GONE, status_code=404)
    return FileResponse(found[name], media_type="application/jsonl", filename=name)


def _gathered(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in larger parts."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= AT_ONCE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _remembered(token: str, _offer: Offer | None) -> Offer:
    if _offer is None:
        raise UserError(GONE)
    return _offer


DOWNLOAD_ROUTES = [Route("/download/{token}/{name}", download), Route("/rejects/{name}", rejects)]
