"""The bar that hands out the selection: the file, its recipe and its manifest. All are made on the click alone."""

import streamlit as st

from crowdselect.export import EXPORTERS
from crowdselect.export.lines import export_lines, export_sha256
from crowdselect.export.manifest import manifest
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.made_on import made_on
from pages._ui.address import bound
from pages._ui.recipe import recipe
from pages._ui.streamed import of_recipe, offered
from pages._ui.text import count
from pages._ui.workspace import selected

ABOUT = (
    "One JSON object a line; the same bytes as `python -m crowdselect select RECIPE.yaml` with the recipe beside it."
)


def download_bar(selection: Selection, build: Build) -> None:
    """Format, the file, and what belongs to it."""
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        gap="small",
        width="content",
        key="download_bar",
    ):
        layout = bound(
            st.selectbox, "Format", list(EXPORTERS), key="format", default="records", label_visibility="collapsed",
            format_func=lambda name: EXPORTERS[name].title, width=136,
            help="How each line is laid out. The page Export says who reads which, and shows the first lines.",
        )  # fmt: skip
        # On the first run of a link the recipe was read before this widget stood.
        if layout != selection.recipe.export.format:
            pool = selection.candidates.pool
            selection = selected(build, pool, recipe(pool))
        st.link_button(
            f"Download {count(len(selection), 'row')}", rows_address(selection, build), key="download", type="primary",
            icon=":material/download:", disabled=not len(selection), help=ABOUT,
        )  # fmt: skip
        more = st.popover("", icon=":material/more_vert:", key="more", help="Recipe and manifest", on_change="rerun")
        if more.open:
            more.download_button(
                "Recipe (YAML)", lambda: made_on(selection.recipe, build).to_yaml().encode(),
                f"{file_name(selection)}.recipe.yaml", "application/yaml",
                key="download_recipe", on_click="ignore", icon=":material/receipt_long:",
                width="stretch", help="Every choice on this page. The command line makes the same file from it.",
            )  # fmt: skip
            more.download_button(
                "Manifest (JSON)", lambda: manifest_bytes(selection, build, f"{file_name(selection)}.jsonl"),
                f"{file_name(selection)}.manifest.json",
                "application/json", key="download_manifest", on_click="ignore", icon=":material/fingerprint:",
                width="stretch", disabled=not len(selection),
                help="Recipe, build, digests, versions: what `python -m crowdselect replay` makes the file from.",
            )  # fmt: skip


def file_name(selection: Selection) -> str:
    """From the strategy and the size, both of which come from fixed lists and numbers."""
    return f"{selection.recipe.select.strategy}-{len(selection)}"


def rows_address(selection: Selection, build: Build) -> str:
    """Where the file itself is downloaded."""
    asked, name = selection.recipe, f"{file_name(selection)}.jsonl"
    return offered(build, name, "application/jsonl", asked.to_yaml(), of_recipe(asked, export_lines))


def manifest_bytes(selection: Selection, build: Build, file: str) -> bytes:
    """The manifest of the file, which is made once to nowhere to know its digest."""
    return manifest(selection, build, file, export_sha256(selection, build)).to_json()
