"""Bringing one's own clusters, embeddings, metrics, tags or families: a file, and the column that holds them."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_found import columns
from pages._ui.data_import import PATH, UPLOAD, resolved
from pages._ui.data_upload import MOST_MB, stored
from pages._ui.empty import begin
from pages._ui.errors import guarded
from pages._ui.text import one_line

IDS = ("uuid", "instruction_id", "id")


@dataclass(frozen=True)
class Kind:
    """What can be attached: which files, what they must hold, and what else has to be said."""

    title: str
    files: str
    about: str
    column: bool = False
    name: bool = False


KINDS = {
    "clusters": Kind(
        "Clusters", "Parquet", "A label for each instruction id: whole numbers or texts. -1 is no cluster.", True, True
    ),
    "embeddings": Kind(
        "Embeddings", ".npy and a text file", "A float matrix (rows, dimensions), and its rows' ids, a line each.",
        name=True,
    ),
    "metric": Kind(
        "Metric", "Parquet, JSONL or CSV", "A number for each instruction id; with a column model, for each answer.",
        True, True,
    ),
    "tags": Kind("Tags", "Parquet", "A list of tags for each instruction id."),
    "families": Kind("Families", "CSV", "Columns model, family, params_b (billions of parameters)."),
}  # fmt: skip


def attach_cards(workspace: Workspace, jobs: list[dict[str, Any]], busy: bool) -> None:
    """The form at the left, what was attached so far at the right."""
    left, right = st.columns([3, 2], gap="small")
    with left:
        attach_card(workspace, busy)
    with right, card("Attached so far", help="Jobs that would make the same leave these alone.", key="attached"):
        mine = [job for job in jobs if job["state"] == "attached" and job["job"] == "attach"]
        if not mine:
            st.caption("Nothing yet. Bring clusters, embeddings, tags or a metric of your own and use them like ours.")
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "What": [one_line(job["output"]) for job in mine],
                    "Rows": [job["rows"] for job in mine],
                    "File": [one_line(str((job["params"] or {}).get("file", ""))) for job in mine],
                }
            ),
            key="attached_table", hide_index=True, alt="What was attached",
            column_config={"Rows": st.column_config.NumberColumn(format="localized", help="Instructions it covers.")},
        )  # fmt: skip


def attach_card(workspace: Workspace, busy: bool) -> None:
    """The kind, its file, what in the file is meant, and the button."""
    with card(
        "Attach your own",
        key="attach_card",
        help="Rows are matched by instruction id; the others are refused with a reason.",
    ):
        kind = st.segmented_control(
            "Kind", list(KINDS), format_func=lambda name: KINDS[name].title, default="clusters", required=True,
            key="attach_kind", label_visibility="collapsed", width="stretch", help="What to bring.",
        )  # fmt: skip
        about = KINDS[kind]
        st.caption(f"**{about.files}.** {about.about} What was attached under the same name before is replaced.")
        with guarded():
            words = _words(workspace, kind, about)
            st.button(
                f"Attach {about.title.lower()}", key="attach", type="primary", icon=":material/attach_file:",
                disabled=busy or words is None, on_click=begin, args=(workspace, words or []),
                help=f"Runs `python -m precompute attach {kind}` in a process of its own, then publishes a new build.",
            )  # fmt: skip


def _words(workspace: Workspace, kind: str, about: Kind) -> list[str] | None:
    """The command's words; None while something is to be said yet."""
    source = st.segmented_control(
        "From", [UPLOAD, PATH.partition(" ")[0]], default=UPLOAD, required=True, key="attach_from",
        help="Larger files by their path on the server's machine.",
    )  # fmt: skip
    file = _file(workspace, kind, source, "File", f"attach_{kind}")
    ids = _file(workspace, kind, source, "Ids, a line each", "attach_ids") if kind == "embeddings" else None
    if file is None or (kind == "embeddings" and ids is None):
        return None
    words = ["attach", kind, file, *([f"--ids={ids}"] if ids else [])]
    if about.column:
        found = [each for each in columns(file) if each["name"] not in IDS]
        if not found:
            st.caption("The file has no column beside its id; choose another.")
            return None
        names = [each["name"] for each in found]
        kinds = {each["name"]: each["type"] for each in found}
        column = st.selectbox(
            "Column", names, key=f"attach_column_{kind}", help="The column that holds the values, beside the id.",
            format_func=lambda name: f"{one_line(name, 80)} · {kinds[name]}",
        )  # fmt: skip
        words.append(f"--column={column}")
    if about.name:
        name = st.text_input(
            "Name", key=f"attach_name_{kind}", max_chars=100, placeholder="the column's name" if about.column else "",
            help="What to call it on the other pages.",
        ).strip()  # fmt: skip
        if not name and not about.column:
            return None
        words += [f"--name={name}"] if name else []
    return words


def _file(workspace: Workspace, kind: str, source: str, label: str, key: str) -> str | None:
    """The path of an upload or of what was typed in."""
    if source == UPLOAD:
        upload: Any = st.file_uploader(
            label, key=f"{key}_upload", max_upload_size=MOST_MB, help="It is copied to the workspace's folder uploads."
        )
        return stored(upload, workspace) if upload else None
    typed = st.text_input(
        f"{label}: path", key=f"{key}_path", max_chars=1000, placeholder="/data/clusters.parquet",
        help="A file on the server's machine.",
    ).strip()  # fmt: skip
    return resolved(typed) if typed else None
