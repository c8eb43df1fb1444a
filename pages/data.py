"""Data: bring a pool in, run and stop the jobs over it, attach one's own signals, correct the families."""

import streamlit as st

from pages._ui.address import bound, note_ignored, remember_address, title
from pages._ui.cards import card
from pages._ui.data_activity import activity, is_busy
from pages._ui.data_attach import attach_cards
from pages._ui.data_import import import_card
from pages._ui.data_jobs import job_cards, jobs_table
from pages._ui.data_models import models_cards
from pages._ui.data_results import files_card, rejects_card
from pages._ui.data_status import status, todo
from pages._ui.empty import begin, waiting
from pages._ui.errors import guarded
from pages._ui.families import families_card
from pages._ui.header import header
from pages._ui.workspace import current, workspace

PARTS = ["import", "models", "jobs", "attach", "families"]


def empty() -> None:
    """The place to begin: one's own data, or the demo."""
    st.title("Bring your data")
    st.write(
        "Instructions that many models answered, with the scores of reward models. Everything stays on this machine: "
        "what cannot be read is listed with its reason, and the rest is yours to explore."
    )
    activity(place, busy)
    import_card(place, busy)
    rejects_card(place)
    with card("No data at hand?", key="demo_card"):
        st.caption("2,000 synthetic instructions, 19 models, 3 reward models, with embeddings, clusters and maps.")
        st.button(
            "Build the demo", key="build_demo", icon=":material/play_arrow:", disabled=busy, on_click=begin,
            args=(place, ["demo"]), help="Runs `python -m precompute demo` on this workspace. It takes about a minute.",
        )  # fmt: skip
    waiting()


place = workspace()
busy = is_busy(place)
with guarded():
    found = current()
    if found is None:
        empty()
        st.stop()

    build, pool = found
    remember_address()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        header(build, pool)
        part = bound(
            st.segmented_control, "Part", PARTS, key="part", default="import", format_func=title, required=True,
            label_visibility="collapsed", help="Import, signals from models, jobs, files of your own, families.",
        )  # fmt: skip
    note_ignored()
    said = status(place)
    activity(place, busy, todo(said))
    match part:
        case "models":
            models_cards(place, said["model_parameters"], busy)
        case "jobs":
            job_cards(place, said, busy)
            jobs_table(said["jobs"])
        case "attach":
            attach_cards(place, said["jobs"], busy)
            rejects_card(place)
        case "families":
            with card("Models by family", help="Stability compares models of one family by size."):
                families_card(place, pool)
        case _:
            import_card(place, busy)
            files_card(said["files"])
            rejects_card(place)
