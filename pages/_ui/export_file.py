"""The file that the current choices make: its first lines, its size and digest, its manifest, and its command."""

import hashlib
import shlex
from dataclasses import dataclass

import streamlit as st

from crowdselect.bidi import in_json
from crowdselect.export import EXPORTERS
from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import manifest
from crowdselect.pool import Pool
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.made_on import made_on
from pages._ui.address import bound
from pages._ui.cards import card, number
from pages._ui.download import file_name, rows_address
from pages._ui.export_bundle import bundle_form
from pages._ui.export_manifest import open_manifest, opened_manifest
from pages._ui.export_series import series_form
from pages._ui.pairs import pairs_said
from pages._ui.recipe import recipe
from pages._ui.selection_cards import nobody
from pages._ui.text import MOST, count, literal
from pages._ui.workspace import selected, workspace

PREVIEW = 3  # lines
LINE = 4_000  # characters of each
MANIFEST_HEIGHT = 536


@dataclass(frozen=True)
class Made:
    """What writing the file comes to."""

    lines: int
    size: int  # bytes
    sha256: str


def made(selection: Selection, build: Build) -> Made:
    """Writes it once to nowhere, to know; kept for the recipe."""
    return _made(str(build.path), selection.recipe.to_yaml(), selection, build)


def number_cards(selection: Selection, build: Build, file: Made) -> None:
    """Rows, bytes, digest, and what it is made from."""
    rows, of = len(selection), f"of {len(selection.candidates.pool):,}"
    with st.grid(4, min_column_width=190, key="cards"):
        number(
            "Rows", f"{rows:,}", f"{of} in the pool" if file.lines == rows else f"{of} · {count(file.lines, 'line')}",
            help="Selected instructions with their responses: one line of the file each; KTO writes two, good and bad.",
        )  # fmt: skip
        number(
            "Size", _bytes(file.size), f"{file.size:,} bytes",
            help="Of the file as it is downloaded, UTF-8 without a mark.",
        )  # fmt: skip
        number(
            "SHA-256", file.sha256[:8], file.sha256[8:32],
            help=f"Of the whole file: {file.sha256}. The same recipe on the same build gives the same bytes.",
        )  # fmt: skip
        number(
            "Strategy", literal(selection.recipe.select.strategy.replace("_", " ").capitalize()),
            f"on build {build.id}", help="How the rows are chosen, and from which build.",
        )  # fmt: skip


def file_card(build: Build, pool: Pool) -> Selection:
    """The format, the first lines in it, and the download. Returns the selection, which the format is a part of."""
    with card(
        "File",
        key="file",
        help="One JSON object a line, best first. The preview is cut, the file is not.",
        corner=True,
    ) as right:
        with right:
            form = bound(
                st.selectbox, "Format", list(EXPORTERS), key="format", default="records", width=210,
                label_visibility="collapsed", format_func=lambda name: EXPORTERS[name].title,
                help="  \n".join(f"{exporter.title}: {exporter.help}" for exporter in EXPORTERS.values()),
            )  # fmt: skip
        selection = selected(build, pool, recipe(pool))
        st.caption(EXPORTERS[form].help)
        if pairs := pairs_said(selection):
            st.caption(f"{pairs} The limits are at the left, under Preference pairs.")
        if not len(selection):
            st.caption(f"No row is selected, so the file is empty. {nobody(selection)}")
            return selection
        lines = [line.decode() for line in export_lines(selection, build, PREVIEW)][:PREVIEW]
        shown = "\n".join(line.rstrip("\n")[:LINE] + ("…" if len(line) > LINE else "") for line in lines)
        every = len(selection) * EXPORTERS[form].lines
        st.caption(f"The first {len(lines)} of {count(every, 'line')}" if every > 1 else "Its one line")
        st.code(in_json(shown[:MOST]), language=None, wrap_lines=True, height=330)
        _downloads(selection, build, every)
    return selection


def _downloads(selection: Selection, build: Build, lines: int) -> None:
    name, rows = file_name(selection), count(len(selection), "row")
    what = rows if lines == len(selection) else f"{rows} ({count(lines, 'line')})"
    with st.container(horizontal=True, gap="small"):
        st.link_button(
            f"Download {what} as JSONL", rows_address(selection, build), key="download", type="primary",
            icon=":material/download:", help="Made on the click; the same bytes as the command line's.",
        )  # fmt: skip
        st.download_button(
            "Recipe (YAML)", made_on(selection.recipe, build).to_yaml(), f"{name}.recipe.yaml", "application/yaml",
            key="download_recipe", on_click="ignore", icon=":material/receipt_long:",
            help="Every choice. The command line makes the same file from it.",
        )  # fmt: skip
        with st.popover(
            "Trainer bundle", icon=":material/folder_zip:", key="bundle", help="For LLaMA-Factory, TRL, Axolotl"
        ):
            bundle_form(selection, build)
        series = st.popover(
            "Series", icon=":material/stacked_line_chart:", key="series", help="Several sizes and seeds",
            on_change="rerun",
        )  # fmt: skip
        if series.open:
            with series:
                series_form(selection, build)


def manifest_card(selection: Selection, build: Build, file: Made) -> None:
    """What stands beside the file, so that it can be made again and checked; and one that is brought along."""
    name = file_name(selection)
    with card(
        "Manifest",
        key="manifest",
        help="Recipe, build, digests and versions: all that makes the file again.",
        corner=True,
    ) as right:
        with right:
            open_manifest(selection.candidates.pool)
        opened_manifest(selection, build, file.sha256)
        record = manifest(selection, build, f"{name}.jsonl", file.sha256).to_json()
        st.code(in_json(record.decode()), language=None, wrap_lines=True, height=MANIFEST_HEIGHT)
        st.download_button(
            "Manifest (JSON)", record, f"{name}.manifest.json", "application/json", key="download_manifest",
            on_click="ignore", icon=":material/fingerprint:", help="Keep it beside the file, under this name.",
        )  # fmt: skip


def command_card(selection: Selection) -> None:
    """The way without the app."""
    name, where = file_name(selection), shlex.quote(str(workspace().path))
    with card("From the command line", key="command", help="The file, byte for byte, from the downloaded recipe."):
        st.caption("The same file from the recipe:")
        st.code(
            f"python -m crowdselect select {name}.recipe.yaml --out {name}.jsonl --workspace {where}",
            language="bash", wrap_lines=True,
        )  # fmt: skip
        st.caption("With all that a trainer asks for:")
        st.code(
            f"python -m crowdselect bundle {name}.recipe.yaml --out {name}.zip --workspace {where}",
            language="bash", wrap_lines=True,
        )  # fmt: skip
        st.caption("Whether a file can still be made again, from its manifest:")
        st.code(
            f"python -m crowdselect replay {name}.manifest.json --workspace {where}", language="bash", wrap_lines=True
        )
        st.caption("The recipe:")
        st.code(selection.recipe.to_yaml()[:MOST], language=None, wrap_lines=True, height=258)


@st.cache_resource(max_entries=32, show_spinner="Writing the file…")
def _made(path: str, recipe_yaml: str, _selection: Selection, _build: Build) -> Made:
    digest, lines, size = hashlib.sha256(), 0, 0
    for line in export_lines(_selection, _build):
        digest.update(line)
        lines, size = lines + 1, size + len(line)
    return Made(lines, size, digest.hexdigest())


def _bytes(size: int) -> str:
    for unit, one in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size} B"
