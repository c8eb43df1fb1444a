"""Families and sizes of the models: shown with where they come from, and edited."""

import csv
import io

import pandas as pd
import streamlit as st

from crowdselect.export.write import write_whole
from crowdselect.inventory import responses_by_model
from crowdselect.pool import Model, Pool
from crowdselect.store import Workspace
from pages._ui.cards import INGEST, nothing
from pages._ui.errors import show_text_error
from pages._ui.jobs import progress, start

ORIGINS = {"csv": "your CSV", "shipped": "shipped table", "guessed": "guessed from the name"}


def families_card(workspace: Workspace, pool: Pool) -> None:
    """The table, and an editor for it."""
    models = sorted(pool.models, key=lambda model: (model.family or "~", model.params_b or 0.0, model.name))
    if not models:
        nothing("No models yet. Ingest their responses:", INGEST)
        return
    counts = dict(zip([model.name for model in pool.models], responses_by_model(pool), strict=True))
    guessed = sum(model.origin == "guessed" for model in models)
    st.caption(
        f"{guessed} of {len(models)} are guessed from the name; check them." if guessed
        else "Where family and size are wrong, change them: stability depends on them."
    )  # fmt: skip
    st.dataframe(
        pd.DataFrame(
            {
                "Family": [model.family for model in models],
                "Model": [model.name for model in models],
                "Size (B)": [model.params_b for model in models],
                "From": [ORIGINS.get(model.origin or "", model.origin) for model in models],
                "Responses": [counts[model.name] for model in models],
            }
        ),
        key="models", hide_index=True, height="stretch", alt="Models by family", placeholder="–",
        column_config={
            "Size (B)": st.column_config.NumberColumn(format="%g", help="Billions of parameters."),
            "Responses": st.column_config.NumberColumn(format="localized", help="Instructions it answered."),
        },
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Edit families", key="edit_families", icon=":material/edit:", help="Change families and sizes here."
        ):
            editor(workspace, models)
        st.download_button(
            "CSV", families_csv(models), "families.csv", "text/csv", key="families_csv", on_click="ignore",
            icon=":material/download:",
            help="Edit it, then `python -m precompute attach families FILE.csv`. Columns: model, family, params_b.",
        )  # fmt: skip


@st.dialog("Families and sizes", width="large")
def editor(workspace: Workspace, models: list[Model]) -> None:
    """A table to edit; saving writes the CSV and attaches it in a process of its own."""
    st.caption("A model without a family or a size takes no part in stability. Sizes are billions of parameters.")
    frame = pd.DataFrame(
        {
            "model": [model.name for model in models],
            "family": [model.family or "" for model in models],
            "params_b": [model.params_b for model in models],
        }
    )
    edited = st.data_editor(
        frame, key="families_editor", hide_index=True, disabled=["model"], num_rows="fixed", alt="Families and sizes",
        column_config={
            "model": st.column_config.TextColumn("Model"),
            "family": st.column_config.TextColumn("Family", max_chars=100),
            "params_b": st.column_config.NumberColumn("Size (B)", min_value=0.0, format="%g"),
        },
    )  # fmt: skip
    if st.button(
        "Save", key="save_families", type="primary", disabled=not changed(models, edited),
        help="Attaches the rows that you have changed; a new build shows when it is done.",
    ):  # fmt: skip
        rows = changed(models, edited)
        file = workspace.path / "families.csv"
        write_whole(file, [families_csv(rows).encode()])
        if start(workspace, ["attach", "families", str(file)]):
            st.session_state["saving_families"] = True
        else:
            show_text_error("Something is running on this workspace already; save again when it is done.")
    if st.session_state.get("saving_families"):
        saving(workspace)


def changed(models: list[Model], edited: pd.DataFrame) -> list[Model]:
    """The models whose family or size is another one in `edited` (model, family, params_b): these are yours then."""
    rows = [
        Model(str(name), family or None, None if pd.isna(size) else float(size))
        for name, family, size in edited.itertuples(index=False)
    ]
    known = {
        (model.name, model.family or None, None if pd.isna(model.params_b) else model.params_b) for model in models
    }
    return [row for row in rows if (row.name, row.family, row.params_b) not in known]


@st.fragment(run_every=1.0)
def saving(workspace: Workspace) -> None:
    """Waits for the attaching process, then shows the new build."""
    now = progress(workspace)
    if now.state in ("starting", "running"):
        st.caption(":material/hourglass_top: Saving…")
        return
    st.session_state["saving_families"] = False
    if now.state == "failed":
        show_text_error(now.message)
    else:
        st.rerun()


def families_csv(models: list[Model]) -> str:
    """The table that `attach families` reads: model, family, params_b. Names are exact, whatever they begin with."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", "family", "params_b"])
    for model in models:
        size = "" if model.params_b is None or model.params_b != model.params_b else f"{model.params_b:g}"
        writer.writerow([model.name, model.family or "", size])
    return out.getvalue()
