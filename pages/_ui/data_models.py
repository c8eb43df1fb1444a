"""Signals from models: which jobs, with which parameters; what they would cost; and the button that starts them."""

from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_command import answer
from pages._ui.data_models_file import bring_card, kept_card, models_file, summary
from pages._ui.data_parameters import fields, settings
from pages._ui.errors import guarded
from pages._ui.jobs import start
from pages._ui.text import one_line

SECONDS = 300  # a dry run reads all texts
ABOUT = {
    "generate": "Each model's response to every instruction that it has not answered.",
    "reward": "Each reward model's score of every response.",
    "ifd": "How much an instruction helps a language model to write its response.",
    "tag": "What each instruction asks for, in tags.",
    "judge": "A grade from 0 to 5 of each best response.",
}
FROM_FILE = {"ifd": ("model",)}  # parameters that models.yaml gives


def models_cards(workspace: Workspace, schemas: dict[str, Any], busy: bool) -> None:
    """The models at the top; below them what to run, and what it would cost."""
    found = None
    left, right = st.columns([2, 3], gap="small")
    with left:
        bring_card(workspace)
    with right, guarded():
        found = summary(workspace)
        kept_card(found)
    if found:
        _run_cards(workspace, found["jobs"], schemas, busy)


def _run_cards(workspace: Workspace, jobs: list[str], schemas: dict[str, Any], busy: bool) -> None:
    left, right = st.columns([2, 3], gap="small")
    with left, card("What to run", key="models_what", help="In this order; each job goes on where it was stopped."):
        chosen = st.pills(
            "Jobs", jobs, selection_mode="multi", default=jobs, key="model_jobs", label_visibility="collapsed",
            help="The jobs that this models.yaml serves.",
        )  # fmt: skip
        words: list[str] = []
        for name in (name for name in jobs if name in chosen):
            with st.expander(f"{name}: {ABOUT[name]}", key=f"model_{name}"):
                schema = schemas[name]
                shown = {key: each for key, each in schema["properties"].items() if key not in FROM_FILE.get(name, ())}
                words += settings(name, schema, fields(name, shown))
    command = ["run", *[name for name in jobs if name in chosen], "--models", str(models_file(workspace)), *words]
    with right, card("What it costs", key="models_cost", help="Counted, not asked: nobody is called."), guarded():
        _cost(workspace, command, busy or not chosen)


def _cost(workspace: Workspace, command: list[str], off: bool) -> None:
    """The dry run, and after it the button that starts exactly what was counted."""
    state = [command, workspace.current_build(), models_file(workspace).stat().st_mtime_ns]
    if st.button(
        "Dry run", key="dry_run", icon=":material/calculate:", disabled=off,
        help="Runs the same command with --dry-run: calls, tokens and cost.",
    ):  # fmt: skip
        with st.spinner("Counting calls and tokens…"):
            said = answer([*command, "--dry-run", "--json", "--workspace", str(workspace.path)], SECONDS)
            # At once: the strip that follows the writer may begin a new run of the page at the next call to Streamlit.
            st.session_state["_estimate"] = (state, said)
    known, said = st.session_state.get("_estimate", (None, None))
    current = known == state
    if said is None or not current:
        st.caption("Run dry first: it says how many calls, tokens and how much money this takes. Then start it.")
    else:
        _shares(said)
    if st.button(
        "Start", key="start_models", icon=":material/play_arrow:", type="primary", disabled=off or not current,
        help="Runs it in a process of its own. Each answer is stored once: stopped or killed, it goes on from there.",
    ):  # fmt: skip
        start(workspace, command)
        st.rerun()


def _shares(said: dict[str, Any]) -> None:
    shares, total = said["shares"], said["total"]
    st.dataframe(
        pd.DataFrame(
            {
                "Job": [share["job"] for share in shares],
                "Model": [one_line(share["model"]) for share in shares],
                "Rows": [share["rows"] for share in shares],
                "Calls": [share["calls"] for share in shares],
                "Tokens in": [share["tokens_in"] for share in shares],
                "Tokens out": [share["tokens_out"] for share in shares],
                "Cost": [share["cost"] for share in shares],
            }
        ),
        key="cost_table", hide_index=True, alt="Calls, tokens and cost by job and model",
        column_config={
            "Rows": st.column_config.NumberColumn(format="localized", help="Rows that are left to make."),
            "Calls": st.column_config.NumberColumn(format="localized", help="Of them, calls to a server."),
            "Tokens in": st.column_config.NumberColumn(format="%.0f", help="About four characters a token."),
            "Tokens out": st.column_config.NumberColumn(
                format="%.0f", help="By what the model's earlier answers took, else by max_tokens."
            ),
            "Cost": st.column_config.NumberColumn(format="%.2f", help="By price_in and price_out of models.yaml."),
        },
    )  # fmt: skip
    st.markdown(
        f"**{total['calls']:,} calls**, about {total['tokens_in']:,.0f} tokens in and {total['tokens_out']:,.0f} out, "
        f"about **{total['cost']:,.2f}** by the prices in the file."
    )
    for note in said["notes"]:
        st.caption(one_line(note, 300))
