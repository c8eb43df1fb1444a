"""The workspace's models.yaml: brought by upload, paste or path, and kept once `precompute models` finds it right.

The page never reads it itself, and keys never stand in it: it names environment variables of the server.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_command import answer
from pages._ui.data_import import resolved
from pages._ui.errors import guarded
from pages._ui.text import literal, one_line

SECONDS = 60
MOST_MB = 1
UPLOAD, PASTE, PATH = "Upload", "Paste", "Path"
EXAMPLE = """models:
  - {name: qwen-7b, family: qwen, params_b: 7, base_url: "http://127.0.0.1:8000/v1",
     api_key_env: MY_KEY, params: {temperature: 0.7, max_tokens: 1024}}
reward_models:
  - {name: skywork-0.6b, path: Skywork/Skywork-Reward-V2-Qwen3-0.6B}
ifd: {path: weights/smollm2.gguf}
tag: {base_url: "http://127.0.0.1:8000/v1", model: qwen-7b}
judge: {base_url: "http://127.0.0.1:8000/v1", model: qwen-7b}"""


def models_file(workspace: Workspace) -> Path:
    return workspace.path / "models.yaml"


def summary(workspace: Workspace) -> dict[str, Any] | None:
    """The jobs that the kept file serves, and its models; None where none is kept. UserError where it is wrong."""
    file = models_file(workspace)
    return _summary(str(file), file.stat().st_mtime_ns) if file.exists() else None


def bring_card(workspace: Workspace) -> None:
    """Three ways to bring the file, and the button that checks and keeps it."""
    with card(
        "models.yaml", key="models_card", help="Which models answer, score, measure, tag and judge, and where they run."
    ):
        source = st.segmented_control(
            "From", [UPLOAD, PASTE, PATH], default=UPLOAD, required=True, key="models_from", width="stretch",
            label_visibility="collapsed", help="Paths to weights are meant from the file's own folder.",
        )  # fmt: skip
        brought: bytes | str | None = None
        if source == UPLOAD:
            upload = st.file_uploader(
                "Models file", type=["yaml", "yml"], key="models_upload", max_upload_size=MOST_MB,
                help="It is checked, and kept as models.yaml in the workspace.",
            )  # fmt: skip
            brought = upload.getvalue() if upload else None
        elif source == PASTE:
            text = st.text_area(
                "YAML", key="models_text", height=220, placeholder=EXAMPLE, max_chars=200_000,
                help="Never write a key into it: name the environment variable that holds it with api_key_env.",
            )  # fmt: skip
            brought = text.encode() if text.strip() else None
        else:
            brought = st.text_input(
                "Path", key="models_path", placeholder="/data/models.yaml", max_chars=1000,
                help="A file on the server's machine.",
            ).strip() or None  # fmt: skip
        st.caption(
            ":material/key: Keys stay in the environment of this server: the file names the variable (`api_key_env`)."
        )
        if st.button(
            "Check and keep", key="keep_models", icon=":material/fact_check:", disabled=not brought, type="primary",
            help="Runs `python -m precompute models` on it. What was kept before is replaced.",
        ):  # fmt: skip
            with guarded():
                keep(workspace, brought or b"")
                st.rerun()


def keep(workspace: Workspace, brought: bytes | str) -> None:
    """Checks a file's content, or the file at a path, and keeps it as the workspace's. UserError where it is wrong."""
    workspace.path.mkdir(parents=True, exist_ok=True)
    words = ["--out", str(models_file(workspace)), "--json"]
    if isinstance(brought, str):
        answer(["models", resolved(brought), *words], SECONDS)
        return
    # Beside the file that it will become, so that paths to weights mean the same.
    handle, name = tempfile.mkstemp(prefix="models-", suffix=".yaml", dir=workspace.path)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(brought)
        answer(["models", name, *words], SECONDS)
    except UserError as error:
        raise UserError(str(error).replace(Path(name).name, "The models file")) from None
    finally:
        Path(name).unlink(missing_ok=True)


def kept_card(found: dict[str, Any] | None) -> None:
    """The models that the kept file names."""
    with card("Models", key="models_kept", help="As the workspace's models.yaml says. Keys are never shown."):
        if found is None:
            st.caption("No models.yaml yet. This is what one looks like; each part is optional:")
            st.code(EXAMPLE, language="yaml", wrap_lines=True)
            return
        rows = found["entries"]
        st.dataframe(
            pd.DataFrame(
                {
                    "Job": [row["job"] for row in rows],
                    "Model": [one_line(row["name"]) for row in rows],
                    "Where": [one_line(row["where"]) for row in rows],
                    "Key": [_key(row) for row in rows],
                    "Sent": [", ".join(f"{key}={value}" for key, value in row["params"].items()) for row in rows],
                }
            ),
            key="models_table", hide_index=True, alt="The models of models.yaml",
            column_config={
                "Key": st.column_config.TextColumn(help="The environment variable that holds the key."),
                "Sent": st.column_config.TextColumn(help="What is sent with each call."),
            },
        )  # fmt: skip
        unset = sorted({row["key"] for row in rows if row["key"] and not row["key_set"]})
        if unset:
            names = literal(", ".join(unset), 200)
            st.warning(f"Not set in this server's environment: {names}.", icon=":material/key_off:")


def _key(row: dict[str, Any]) -> str:
    if not row["key"]:
        return "none"
    return f"{one_line(row['key'])} ({'set' if row['key_set'] else 'not set'})"


@st.cache_data(show_spinner="Reading models.yaml…", max_entries=8)
def _summary(path: str, state: int) -> dict[str, Any]:
    return answer(["models", path, "--json"], SECONDS)
