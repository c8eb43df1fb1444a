"""The jobs: how each of their outputs stands, and a form that runs one with parameters of one's choice."""

from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.data_parameters import fields, main_and_more, settings
from pages._ui.inventory_cards import age
from pages._ui.jobs import start
from pages._ui.text import one_line

Colour = Literal["green", "blue", "orange", "gray"]
COLOURS: dict[str, Colour] = {
    "done": "green",
    "attached": "blue",
    "stale": "orange",
    "unfinished": "orange",
    "missing": "gray",
}
MARKS = {"done": "●", "attached": "◆", "stale": "◐", "unfinished": "◔", "missing": "○"}
MEANING = (
    "done: up to date. stale: what it was made from has changed. unfinished: stopped before its end. "
    "missing: never made. attached: brought by you."
)
ABOUT = {
    "tokens": ("Tokens", "How long a tokenizer of yours finds each text, for the strategy length."),
    "language": ("Language", "Which natural language each instruction is in, to filter by and to balance."),
    "embed": ("Embed", "A vector for each instruction or its best response, for clusters and maps."),
    "duplicates": ("Duplicates", "Near-duplicate instructions, by their words or their meaning, to keep one of each."),
    "cluster": ("Cluster", "Groups by meaning, named by their most telling words."),
    "project": ("Project", "Maps of the pool in two dimensions."),
    "metrics": ("Metrics", "Difficulty, separability, stability … of every reward model, for SQL."),
}


def jobs_table(jobs: list[dict[str, Any]]) -> None:
    """Every output that was made, brought, or would be made by default."""
    order = [*ABOUT, "attach"]
    jobs = sorted(jobs, key=lambda job: order.index(job["job"]) if job["job"] in order else len(order))
    with card("Outputs", help=MEANING, key="outputs"):
        if not jobs:
            st.caption("No job has run on this workspace.")
            return
        now = datetime.now(UTC).replace(tzinfo=None)
        st.dataframe(
            pd.DataFrame(
                {
                    "State": [f"{MARKS.get(job['state'], '?')}  {job['state']}" for job in jobs],
                    "Job": [job["job"] for job in jobs],
                    "Output": [one_line(job["output"]) for job in jobs],
                    "Rows": [job["rows"] or None for job in jobs],
                    "Took": [f"{job['seconds']:,.1f} s" if job["seconds"] is not None else None for job in jobs],
                    "Age": [_age(job["finished"], now) for job in jobs],
                    "Parameters": [_parameters(job["params"]) for job in jobs],
                }
            ),
            key="outputs_table", hide_index=True, placeholder="–", alt="Outputs of the jobs and their states",
            column_config={
                "State": st.column_config.TextColumn(width=110, help=MEANING),
                "Job": st.column_config.TextColumn(width=76, help="The job that makes it."),
                "Output": st.column_config.TextColumn(width=230, help="What it is called on the other pages."),
                "Rows": st.column_config.NumberColumn(width=80, format="localized", help="Rows it holds."),
                "Took": st.column_config.TextColumn(width=80, help="From its start to its end."),
                "Age": st.column_config.TextColumn(width=120, help="Since it was done."),
                "Parameters": st.column_config.TextColumn(help="What it was made with."),
            },
        )  # fmt: skip


def job_cards(workspace: Workspace, found: dict[str, Any], busy: bool) -> None:
    """A card a job: what it does, its parameters, and its button."""
    with st.grid(4, min_column_width=250, key="job_cards"):
        for name, schema in found["parameters"].items():
            job_card(workspace, name, schema, [job for job in found["jobs"] if job["job"] == name], busy)


def job_card(
    workspace: Workspace, name: str, schema: dict[str, Any], outputs: list[dict[str, Any]], busy: bool
) -> None:
    label, about = ABOUT.get(name, (name.capitalize(), ""))
    with st.container(border=True, height="stretch", key=f"job_{name}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{label}**", width="content", help=about or None)
            worst = _worst(outputs)
            if worst:
                st.badge(worst, color=COLOURS.get(worst, "gray"))
        st.caption(about)
        with st.form(f"form_{name}", border=False, enter_to_submit=False, height="stretch"):
            main, more = main_and_more(name, schema)
            with st.container(height="stretch"):
                values = fields(name, main)
                if more:
                    with st.expander("More", key=f"more_{name}"):
                        values |= fields(name, more)
                if not main and not more:
                    st.caption(":material/check_small: No parameters: both tie rules are kept.")
            asked = st.form_submit_button(
                f"Run {name}", key=f"run_{name}", icon=":material/play_arrow:", disabled=busy, width="stretch",
                help=f"Runs `python -m precompute run {name}` so. What is up to date is not made again.",
            )  # fmt: skip
    if asked:
        start(workspace, ["run", name, *settings(name, schema, values)])
        st.rerun()


def _worst(outputs: list[dict[str, Any]]) -> str | None:
    """The state that asks for a run first."""
    found = {job["state"] for job in outputs}
    return next((state for state in ("unfinished", "stale", "missing", "done", "attached") if state in found), None)


def _age(finished: str | None, now: datetime) -> str | None:
    return age((now - datetime.fromisoformat(finished)).total_seconds()) if finished else None


def _parameters(params: dict[str, Any] | None) -> str | None:
    """key=value, of those that say something."""
    return (
        one_line(", ".join(f"{key}={value}" for key, value in (params or {}).items() if value is not None), 200) or None
    )
