"""What imports took in and what they refused: read = kept + rejected, for every file."""

import json
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_found import refusals
from pages._ui.streamed import rejects_address
from pages._ui.text import one_line

MOST = 1000  # lines of refusals that are shown


def files_card(files: list[dict[str, Any]]) -> None:
    """Every file that was ever taken in."""
    times = [datetime.fromisoformat(each["finished"]) if each["finished"] else None for each in files]
    with card("Imported files", help="Each file is taken in once; read = kept + refused.", key="files"):
        if not files:
            st.caption("No file has been taken in yet.")
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "File": [one_line(each["file"]) for each in files],
                    "Format": [each["format"] for each in files],
                    "Read": [each["read"] for each in files],
                    "Kept": [each["kept"] for each in files],
                    "Refused": [each["rejected"] for each in files],
                    "When (UTC)": times,
                }
            ),
            key="imported", hide_index=True, placeholder="–", alt="Imported files",
            column_config={
                name: st.column_config.NumberColumn(format="localized", help=f"Records {name.lower()}.")
                for name in ("Read", "Kept", "Refused")
            } | {"When (UTC)": st.column_config.DatetimeColumn(format="MMM D, HH:mm", help="When it was done.")},
        )  # fmt: skip


def rejects_card(workspace: Workspace) -> None:
    """The refused records of one file, newest first, and the whole list to download."""
    files = sorted(workspace.rejects.glob("*.jsonl"), key=lambda file: file.stat().st_mtime, reverse=True)
    if not files:
        return
    with card("Refused records", help="File, line and reason. The rest of each file was taken in.", key="refused"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            names = [file.name for file in files]
            name = st.selectbox(
                "File", names, key="rejects_file", format_func=lambda name: one_line(name.removesuffix(".jsonl"), 90),
                label_visibility="collapsed", help="Whose refusals are listed.",
            )  # fmt: skip
            file = workspace.rejects / name
            st.link_button(
                "All as JSONL", rejects_address(file), key="download_rejects", icon=":material/download:",
                help="One object a line: file, line, reason.",
            )  # fmt: skip
        rows, more = _refused(file)
        refusals(rows, "rejects")
        if more:
            st.caption(f"The first {MOST:,}; the download holds all of them.")


def _refused(file: Path) -> tuple[list[dict[str, Any]], bool]:
    """The first refusals of a file, and whether there are more."""
    rows = []
    with file.open("rb") as lines:
        for line in islice(lines, MOST + 1):
            row = json.loads(line)
            rows.append({"file": row.get("file"), "line": row.get("line"), "reason": row.get("reason")})
    return rows[:MOST], len(rows) > MOST
