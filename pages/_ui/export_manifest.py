"""A manifest that is brought along: the view that it was made in, and whether this workspace still makes its bytes."""

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.export.manifest import MAX_BYTES, Manifest, recipe_of
from crowdselect.export.replay import Replay, remade
from crowdselect.pool import Pool
from crowdselect.recipe_changes import changes
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.apply import apply_recipe
from pages._ui.errors import show_text_error
from pages._ui.text import literal
from pages._ui.workspace import workspace

OPENED, NOTES, WRONG = "_manifest", "_manifest_notes", "_manifest_wrong"
FILE = "manifest_file"
LONGEST = 900  # characters of a sentence


def open_manifest(pool: Pool) -> None:
    """The small button that takes a manifest's file."""
    with st.popover(
        "Open a manifest", icon=":material/upload:", key="open_manifest", help="Show the view that it records"
    ):
        st.file_uploader(
            "Manifest (JSON)", type=["json"], key=FILE, on_change=_upload, args=(pool,),
            max_upload_size=MAX_BYTES // 1_000_000, help="Sets every control to its recipe, and says whether the bytes "
            "are the same.",
        )  # fmt: skip


def opened_manifest(selection: Selection, build: Build, sha256: str) -> None:
    """What became of the one that was opened: its data, its choices, its bytes."""
    wrong = st.session_state.pop(WRONG, None)
    if wrong:
        show_text_error(wrong)
    recorded: Manifest | None = st.session_state.get(OPENED)
    if recorded is None:
        return
    with st.container(border=True, key="opened_manifest"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{literal(recorded.file)}**", width="content")
            st.button(
                "Close", key="close_manifest", type="tertiary", on_click=_close, help="Keeps the choices as they are."
            )
        for icon, sentence in _verdict(recorded, selection, build, sha256):
            st.caption(f":material/{icon}: {literal(sentence, LONGEST)}")


def _verdict(recorded: Manifest, selection: Selection, build: Build, sha256: str) -> list[tuple[str, str]]:
    """(icon, sentence) of the data, the choices and the bytes, as far as each can be told."""
    same_data = build.digests() == recorded.all_digests()
    where = "the same build" if build.id == recorded.build else f"build {build.id} instead of {recorded.build}"
    data = ("check_circle", f"The data are as recorded ({where}).")
    if not same_data:
        data = ("info", f"The data are not as recorded ({where}).")
    said = [data, *(("info", note) for note in st.session_state.get(NOTES, []))]
    choices = changes(recipe_of(recorded), selection.recipe)
    if sha256 == recorded.sha256:
        return [*said, ("check_circle", f"The file is the same, byte for byte: SHA-256 {sha256[:16]}…")]
    if choices:
        return [*said, ("warning", f"The choices are not as recorded: {'; '.join(choices)}.")]
    again = _remade(str(build.path), recorded.sha256, recorded, selection.candidates.pool, build)
    if again.differences:
        return [*said, ("warning", f"The file is another: {'; '.join(again.differences)}.")]
    today = (
        f"rows are chosen otherwise, by {' and '.join(again.moved_by)}" if again.moved_by else "it is written otherwise"
    )
    return [*said, ("info", f"By the methods of then, the file is the same, byte for byte; today {today}.")]


@st.cache_data(max_entries=8, show_spinner="Looking for what differs…")
def _remade(path: str, sha256: str, _recorded: Manifest, _pool: Pool, _build: Build) -> Replay:
    return remade(_recorded, _build, _pool, workspace())


def _upload(pool: Pool) -> None:
    file = st.session_state.get(FILE)
    if file is None:
        return
    try:
        recorded = Manifest.parse(file.getvalue(), file.name)
        st.session_state[NOTES] = apply_recipe(recipe_of(recorded), pool)
        st.session_state[OPENED] = recorded
    except UserError as error:
        _close()
        st.session_state[WRONG] = str(error)


def _close() -> None:
    for key in (OPENED, NOTES):
        st.session_state.pop(key, None)
