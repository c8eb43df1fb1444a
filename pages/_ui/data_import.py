"""Bringing a pool in: a file or a data set is chosen, looked at, and taken in by a process of its own."""

import re
from pathlib import Path

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.importers import IMPORTERS
from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_found import counts, crowd, look, records, refusals, remarks, state_of
from pages._ui.data_upload import MOST_MB, stored
from pages._ui.empty import begin
from pages._ui.errors import guarded
from pages._ui.jobs import progress
from pages._ui.text import count

AUTO = "auto"
HUB = re.compile(r"hf:[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
FORMATS = {
    "long": "Long: a response a line",
    "magpie_zoo": "Magpie zoo: a column a model",
    "alpacaeval": "AlpacaEval",
    "ultrafeedback": "UltraFeedback",
    "distilabel": "distilabel",
}
EXAMPLE = """{"id": "q1", "instruction": "Why is the sky blue?", "model": "Qwen2-7B-Instruct",
 "response": "Because air scatters blue light more.", "scores": {"my-reward-model": 4.2}}"""
UPLOAD, PATH = "Upload a file", "Path or hub data set"


def import_card(workspace: Workspace, busy: bool) -> None:
    """What to take in at the left, what was found in it at the right, its first records below."""
    path = families = None
    off = True  # where the families file is wrong, as while something runs
    left, right = st.columns([2, 3], gap="small")
    with left, card("Choose", help="Parquet, JSONL, JSON or CSV, plain or gzipped; told by content.", key="choose"):
        with guarded():
            path = chosen(workspace)
        format = st.selectbox(
            "Format", [AUTO, *IMPORTERS], key="import_format",
            format_func=lambda name: FORMATS.get(name, name) if name != AUTO else "Detect by content",
            help="Only where the detection is wrong: how the records are laid out.",
        )  # fmt: skip
        with guarded():
            families = families_file(workspace)
            off = busy
    with right, card("Check", help="Nothing is taken in before you press Import.", key="check"):
        found = None
        if path is None:
            guide()
        elif path.startswith("hf:"):
            st.caption(
                "The Parquet files of this data set are downloaded and taken in. A private or gated one needs "
                "HF_TOKEN in the server's environment. A download that is cut off goes on where it was."
            )
            import_button(workspace, path, format, families, off, "Download and import")
        else:
            with guarded():
                found = look(path, format, families)
                counts(found)
                remarks(found)
                crowd(found)
                label = f"Import {count(found['kept'], 'record')}" if found["whole"] else "Import all of it"
                import_button(workspace, path, format, families, off or not found["kept"], label)
    if found:
        preview = st.columns([3, 2] if found["rejects"] else 1, gap="small")
        with preview[0], card("First records", help="As they would be taken in.", key="first"):
            records(found)
        if found["rejects"]:
            with preview[1], card("Would be refused", help="The other records are taken in.", key="would"):
                refusals(found["rejects"], "would_refuse")


def guide() -> None:
    """Before anything is chosen: what can be read, and the simplest form of it."""
    st.caption("What your file holds shows here before it is taken in. The simplest form is a response a line:")
    st.code(EXAMPLE, language="json", wrap_lines=True)
    with st.container(horizontal=True, gap="xsmall"):
        for title in FORMATS.values():
            st.badge(title, color="gray")
    st.caption(
        "Only `instruction` is required. The same instruction answered by several models, each with a score, is what "
        "the metrics compare. Parquet, JSONL, JSON and CSV are read, gzipped or not."
    )


def chosen(workspace: Workspace) -> str | None:
    """The path of what was uploaded or typed in (absolute), or hf:OWNER/NAME; None where there is nothing yet."""
    source = st.segmented_control(
        "From", [UPLOAD, PATH], key="import_from", default=UPLOAD, required=True, label_visibility="collapsed",
        width="stretch", help="Larger files, and folders, by their path on the server's machine.",
    )  # fmt: skip
    if source == UPLOAD:
        upload = st.file_uploader(
            "Data file", key="import_upload", max_upload_size=MOST_MB,
            help="It is copied to the workspace's folder uploads. Archives are not unpacked.",
        )  # fmt: skip
        return stored(upload, workspace) if upload else None
    typed = st.text_input(
        "Path", key="import_path", placeholder="/data/pool.jsonl, a folder, or hf:OWNER/NAME", max_chars=1000,
        help="A file or folder on the server's machine, or a data set of the Hugging Face hub.",
    )  # fmt: skip
    return resolved(typed.strip()) if typed.strip() else None


def resolved(typed: str) -> str:
    """An absolute path, so that it can never be read as an option of a command; or hf:OWNER/NAME."""
    if typed.startswith("hf:"):
        if not HUB.fullmatch(typed):
            raise UserError(f"{typed[:120]!r} is no hub data set; write hf:OWNER/NAME.")
        return typed
    try:
        return str(Path(typed).expanduser().resolve())
    except (ValueError, RuntimeError, OSError):
        raise UserError(f"{typed[:120]!r} is not a path; write one such as /data/pool.jsonl.") from None


def families_file(workspace: Workspace) -> str | None:
    """An uploaded table of families; None where none is given."""
    with st.expander("Families file", icon=":material/family_history:", key="families_upload_open"):
        upload = st.file_uploader(
            "CSV: model, family, params_b", type="csv", key="families_upload", max_upload_size=1,
            help="Families and sizes of models that the shipped table does not know. Stability depends on them.",
        )  # fmt: skip
        return stored(upload, workspace) if upload else None


def import_button(workspace: Workspace, path: str, format: str, families: str | None, off: bool, label: str) -> None:
    words = ["ingest", path, "--format", format, *(["--families", families] if families else [])]
    asked = [*words, *(str(state_of(each)) for each in (path, families or ""))]
    if st.session_state.get("_importing") == asked and taken_in(workspace):
        st.session_state["_imported"] = asked
    if st.session_state.get("_imported") == asked:
        st.badge("Taken in", icon=":material/done_all:", color="green", help="Choose another file to import it.")
        return
    st.button(
        label, key="import", type="primary", icon=":material/login:", disabled=off, on_click=_import,
        args=(workspace, words, asked),
        help="Runs `python -m precompute ingest` in a process of its own. What was taken in before is skipped.",
    )  # fmt: skip


def taken_in(workspace: Workspace) -> bool:
    """Whether the last command was an import that went well."""
    now = progress(workspace)
    return now.state == "done" and now.command == "ingest"


def _import(workspace: Workspace, words: list[str], asked: list[str]) -> None:
    """The button's callback; what was asked for is remembered, so that the button goes when it is done."""
    st.session_state["_importing"] = asked
    begin(workspace, words)
