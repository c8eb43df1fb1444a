"""Our own components: JavaScript files beside the Python that mounts them, served by this server."""

import contextlib
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

HERE = Path(__file__).parent
PACKAGE = "crowdselect"
COMPONENTS = ("history", "map", "responses")  # each in its folder here, what a browser gets of it in `assets`


def mounted(name: str, js: str, css: str | None = None) -> Any:
    """The component `name`, ready to be called."""
    _serve(name)
    return _declared(name, js, css)


@contextlib.asynccontextmanager
async def components_served(_: Any) -> AsyncIterator[None]:
    """The server's lifespan: a page's answer names their files (`shell.py`), so they are there before the first run."""
    for name in COMPONENTS:
        _serve(name)
    yield


def _serve(name: str) -> None:
    """This server is told once where the files are.

    Streamlit takes files only from an installed package with a manifest. Text instead of files would be sent again with
    every change, and as the page's policy allows no script from a blob it would not run.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{PACKAGE}.{name}") is None:
        manager.register_from_manifest(ComponentManifest(PACKAGE, "1", [ComponentConfig(name, "assets")]), HERE / name)


@functools.cache
def _declared(name: str, js: str, css: str | None) -> Any:
    return component(f"{PACKAGE}.{name}", js=js, css=css)
