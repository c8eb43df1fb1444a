"""Our own components: JavaScript files beside the Python that mounts them, served by this server."""

import functools
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

PACKAGE = "crowdselect"


def mounted(name: str, folder: Path, js: str, css: str | None = None) -> Any:
    """The component whose files are in `folder`/assets, ready to be called; this server is told once where they are.

    Streamlit takes files only from an installed package with a manifest. Text instead of files would be sent again with
    every change, and as the page's policy allows no script from a blob it would not run.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{PACKAGE}.{name}") is None:
        manager.register_from_manifest(ComponentManifest(PACKAGE, "1", [ComponentConfig(name, "assets")]), folder)
    return _declared(name, js, css)


@functools.cache
def _declared(name: str, js: str, css: str | None) -> Any:
    return component(f"{PACKAGE}.{name}", js=js, css=css)
