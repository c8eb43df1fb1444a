"""What a browser needs before it can draw a page, without waiting in line.

Streamlit opens each of its files anew for every request, through a queue of threads: here they come from memory. And a
browser learns of a chart's or a map's code only when the first message that needs it arrives, and then of what that
code imports, wave by wave: here a page's own answer names all of it.
"""

import functools
import json
import mimetypes
import re
from collections.abc import Iterable
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.config import get_option

from pages._ui.base_path import base_path, below_base

ROOT = Path(streamlit.__file__).parent / "static"
CHUNKS = ROOT / "static" / "js"
# As Streamlit says it: the name of a file changes with its content, a page's does not.
FOR_EVER, ASK_AGAIN = {"Cache-Control": "public, immutable, max-age=31536000"}, {"Cache-Control": "no-cache"}
IMPORTED = re.compile(r"""(?:from|import)\s*["']\./([\w.\-]+\.js)["']""")
HERE = Path(__file__).parent
LOOKS = HERE / "looks.css"
CHOICES = ("Selectbox", "Slider", "Multiselect", "NumberInput", "ButtonGroup", "Button")
CHARTS, TABLE, TEXT = ("Metric", "PlotlyChart"), ("DataFrame", "Pagination"), ("StreamlitSyntaxHighlighter",)
# The code that each page draws with, by the names that Streamlit gives its files.
PAGES = {
    "": (*CHOICES, *CHARTS, *TABLE, "DownloadButton"),
    "tune": (*CHOICES, *CHARTS, *TABLE, "DownloadButton"),
    "overview": (*CHARTS, *TABLE, *TEXT, "DownloadButton"),
    "map": (),  # its points come first; what else it draws with would keep the processor from them
    "correlations": (*CHOICES, *CHARTS, *TABLE),
    "compare": (*CHOICES, *CHARTS, *TABLE, "DownloadButton"),
    "trust": (*CHOICES, *CHARTS, *TABLE, "DownloadButton"),
    "results": (*CHARTS, *TABLE, "ButtonGroup"),
    "browse": (*CHOICES, *CHARTS, *TABLE, *TEXT, "TextInput", "Table"),
    "data": (*TEXT, "ButtonGroup", "Button", "FileUploader", "Selectbox"),
    "export": (*CHOICES, *TEXT, "Metric", "TextInput", "DownloadButton"),
}
EVERYWHERE = ("BidiComponent",)
# How the sidebar stands when a page is opened; the others have none.
SIDEBARS = {"": "open", "tune": "open", "export": "open"} | dict.fromkeys(
    ("map", "correlations", "compare", "trust", "browse"), "closed"
)
# Keeps its room until it stands there, or the first run has ended without one.
KEEP_ROOM = """
document.documentElement.dataset.sidebar = "SIDEBAR"
new MutationObserver((_, self) => {
  if (!document.querySelector("[data-testid=stSidebar], [data-test-script-state=notRunning]")) return
  delete document.documentElement.dataset.sidebar
  self.disconnect()
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-test-script-state"] })"""
# What Streamlit answers under _stcore/host-config, but for the origins that its settings allow.
HOST_CONFIG = {
    "useExternalAuthToken": False, "enableCustomParentMessages": False, "enforceDownloadInNewTab": False,
    "metricsUrl": "", "blockErrorDialogs": False, "resourceCrossOriginMode": None,
}  # fmt: skip
OURS = {
    "": ("map", "history"),
    "tune": ("map", "history"),
    "map": ("map", "history"),
    "browse": ("responses", "history"),
}


class Shell:
    """Answers for Streamlit's own files, and tells a page's browser early which of them it will want."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        path = below_base(scope["path"])
        if path == "" and not scope["path"].endswith("/"):  # else what a page names is looked for beside the app
            query = scope["query_string"].decode("latin-1")
            where = f"{base_path()}/" + (f"?{query}" if query else "")
            await RedirectResponse(where, 307, ASK_AGAIN)(scope, receive, send)
        elif path in _files():
            await Response(*_held(path))(scope, receive, send)
        elif path in PAGES and "text/html" in Headers(scope=scope).get("accept", ""):
            await Response(page(path), headers={"Link": hints(path), **ASK_AGAIN}, media_type="text/html")(
                scope, receive, send
            )
        else:
            await self.app(scope, receive, send)


@functools.cache
def page(name: str) -> str:
    """The page's HTML, with the few rules of style that no setting of Streamlit's has.

    It says where the server is, and what it would answer when asked for its settings: else the browser first looks
    below the page's own address, and connects only when it has been told both.
    """
    where = f'location.href.split(/[?#]/)[0].replace(/{name}\\/?$/, "")'
    settings = json.dumps(HOST_CONFIG | {"allowedOrigins": list(get_option("client.allowedOrigins"))})
    told = f"window.__streamlit = {{ BACKEND_BASE_URL: {where}, HOST_CONFIG: {settings} }}"
    room = KEEP_ROOM.replace("SIDEBAR", SIDEBARS[name]) if name in SIDEBARS else ""
    script = f"<script>{told}{room}</script>"
    style = f"<style>\n{LOOKS.read_text(encoding='utf-8')}</style>"
    html = (ROOT / "index.html").read_text(encoding="utf-8").replace("<head>", f"<head>\n    {script}", 1)
    return html.replace("</head>", f"  {style}\n  </head>", 1)


@functools.cache
def hints(page: str) -> str:
    """The header that says which modules the page will fetch beside those that its own head names."""
    modules = [f"static/js/{name}" for name in _with_imports((*PAGES[page], *EVERYWHERE))]
    for name in OURS.get(page, ("history",)):
        modules += [
            f"_stcore/bidi-components/crowdselect.{name}/{file.name}"
            for file in sorted((HERE / name / "assets").glob("*.js"))
        ]
    return ", ".join(f"<./{module}>; rel=modulepreload; fetchpriority=low" for module in modules)


def _with_imports(names: Iterable[str]) -> list[str]:
    """The files of these names and all that they import; a name that Streamlit no longer has is left out."""
    found: dict[str, None] = {}
    waiting = [file.name for name in names for file in CHUNKS.glob(f"{name}.*.js")]
    while waiting:
        file = waiting.pop()
        if file not in found and (CHUNKS / file).is_file():
            found[file] = None
            waiting += IMPORTED.findall((CHUNKS / file).read_text(encoding="utf-8"))
    return [file for file in found if file not in _in_the_page()]


@functools.cache
def _in_the_page() -> frozenset[str]:
    """What the page's own head names already."""
    return frozenset(re.findall(r"static/js/([\w.\-]+\.js)", (ROOT / "index.html").read_text(encoding="utf-8")))


@functools.cache
def _files() -> frozenset[str]:
    """The paths that are answered from memory: nothing but what lies there as the server starts."""
    return frozenset(str(file.relative_to(ROOT)) for file in (ROOT / "static").rglob("*") if file.is_file())


@functools.cache
def _held(path: str) -> tuple[bytes, int, dict[str, str]]:
    """The file's content, with status and headers."""
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return (ROOT / path).read_bytes(), 200, {**FOR_EVER, "Content-Type": kind}
