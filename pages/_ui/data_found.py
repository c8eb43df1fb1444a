"""What a file holds, shown before it is taken in: looked at once, by a process with bounded time and memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.errors import UserError
from crowdselect.settings import ROOT
from pages._ui.text import count, literal, one_line

SECONDS = 30
SHOWN = 10  # entries of a folder that are left out
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread reserves memory
ORIGINS = {"csv": "families file", "shipped": "shipped table", "guessed": "guessed from the name"}


def look(path: str, format: str, families: str | None) -> dict[str, Any]:
    """Format, counts, models, reward models and the first records of a file or folder; UserError says why not."""
    return _looked("look", path, format, families or "", state_of(path), state_of(families or ""))


def columns(path: str) -> list[dict[str, str]]:
    """The name and type of each column of a file."""
    return list(_looked("columns", path, "", "", state_of(path), 0)["columns"])


def state_of(path: str) -> int:
    """Changes when the file does."""
    try:
        return os.stat(path).st_mtime_ns if path else 0
    except (OSError, ValueError):
        return 0


@st.cache_data(show_spinner="Looking at the file…", max_entries=32)
def _looked(what: str, path: str, format: str, families: str, state: int, families_state: int) -> dict[str, Any]:
    words = [what, path, *([format] if format else []), *([families] if families else [])]
    command = [sys.executable, "-m", "pages._ui.data_look", *words]
    environment = {**os.environ, **THREADS}
    try:
        done = subprocess.run(  # noqa: S603  a fixed program
            command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
        found = dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        raise UserError(f"{Path(path).name} could not be looked at within {SECONDS} s; give a file of it.") from None
    except ValueError:
        raise UserError(f"{Path(path).name} cannot be looked at; check the file, or choose its format.") from None
    if "error" in found:
        raise UserError(str(found["error"]))
    return found


def counts(found: dict[str, Any]) -> None:
    """In badges: format, files, records, and how many of them would be refused."""
    size = sum(file["bytes"] for file in found["files"])
    files = count(found["n_files"], "file") if found["n_files"] > 1 else literal(found["files"][0]["file"], 40)
    seen = count(found["read"], "record") if found["whole"] else f"first {count(found['read'], 'record')}"
    with st.container(horizontal=True, gap="small"):
        st.badge(", ".join(found["formats"]), icon=":material/schema:", color="blue", help="The format.")
        st.badge(f"{files} · {human_size(size)}", icon=":material/description:", color="gray")
        st.badge(seen, icon=":material/list:", color="gray", help="Records that were looked at.")
        if found["rejected"]:
            st.badge(
                f"{found['rejected']:,} would be refused", icon=":material/block:", color="orange",
                help="They are listed below with the reason; the others are taken in.",
            )  # fmt: skip
        elif found["kept"]:
            st.badge("all readable", icon=":material/check:", color="green")


def remarks(found: dict[str, Any]) -> None:
    """What is kept without being used, and what is left out of a folder."""
    for remark in found["remarks"]:
        st.caption(f":material/info: {literal(remark, 600)}.")
    if found["left_out"]:
        files = "; ".join(
            f"{literal(each['file'], 60)} ({literal(each['reason'], 200)})" for each in found["left_out"][:SHOWN]
        )
        more = f"; and {found['n_left_out'] - SHOWN:,} more" if found["n_left_out"] > SHOWN else ""
        st.caption(f":material/info: Left out: {files}{more}.")


def crowd(found: dict[str, Any]) -> None:
    """The models with family and size as they would be taken in, and the reward models."""
    judges = ", ".join(literal(name, 60) for name in found["reward_models"])
    st.caption(f"**Reward models:** {judges}" if judges else "**Reward models:** none; metrics need scores.")
    if not found["models"]:
        st.caption("**Models:** none; these records are instructions alone.")
        return
    guessed = sum(model["origin"] == "guessed" for model in found["models"])
    st.caption(
        f"**{count(found['n_models'], 'model')}**"
        + (f", {guessed} of them guessed from the name: correct them here or after the import." if guessed else "")
    )
    st.dataframe(
        pd.DataFrame(
            {
                "Model": [one_line(model["model"]) for model in found["models"]],
                "Family": [model["family"] for model in found["models"]],
                "Size (B)": pd.array([model["params_b"] for model in found["models"]], dtype="Float64"),
                "From": [ORIGINS.get(model["origin"], model["origin"]) for model in found["models"]],
            }
        ),
        key="found_models", hide_index=True, height=240 if len(found["models"]) > 6 else "content", placeholder="–",
        alt="Models in the file",
        column_config={"Size (B)": st.column_config.NumberColumn(format="%g", help="Billions of parameters.")},
    )  # fmt: skip


def records(found: dict[str, Any]) -> None:
    """The first records, each as plain text in a table."""
    if not found["records"]:
        st.caption("No record could be read.")
        return
    shown = found["records"]
    st.dataframe(
        pd.DataFrame(
            {
                "Line": [row["line"] for row in shown],
                "Instruction": [one_line(row["instruction"], 160) for row in shown],
                "Model": [one_line(row["model"], 60) or None for row in shown],
                "Response": [one_line(row["response"], 160) or None for row in shown],
                "Scores": [_scores(row["scores"]) for row in shown],
                "Id": [one_line(row["uuid"], 60) for row in shown],
            }
        ),
        key="found_records", hide_index=True, placeholder="–", alt="The first records",
        column_config={
            "Line": st.column_config.NumberColumn(width=52, help="Its line, list item or row in the file."),
            "Instruction": st.column_config.TextColumn(width=220, help="Its first words."),
            "Model": st.column_config.TextColumn(width=125, help="Who answered."),
            "Response": st.column_config.TextColumn(width=160, help="Its first words."),
            "Scores": st.column_config.TextColumn(width=170, help="Reward model: score."),
        },
    )  # fmt: skip


def refusals(rows: list[dict[str, Any]], key: str) -> None:
    """Line, reason and file of what is not taken in."""
    st.dataframe(
        pd.DataFrame(
            {
                "Line": pd.array([row["line"] for row in rows], dtype="Int64"),
                "Reason": [one_line(str(row["reason"]), 300) for row in rows],
                "File": [one_line(str(row["file"])) for row in rows],
            }
        ),
        key=key, hide_index=True, placeholder="whole file", alt="Refused records",
        column_config={
            "Line": st.column_config.NumberColumn(width=64, help="Empty where the whole file was refused."),
            "Reason": st.column_config.TextColumn(width=420, help="What is wrong with it."),
            "File": st.column_config.TextColumn(width=120, help="The file that it stands in."),
        },
    )  # fmt: skip


def human_size(size: int) -> str:
    for unit, length in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= length:
            return f"{size / length:,.1f} {unit}"
    return f"{size:,} bytes"


def _scores(scores: dict[str, float]) -> str | None:
    return one_line(", ".join(f"{name}: {score:.4g}" for name, score in scores.items()), 160) or None
