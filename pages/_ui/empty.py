"""What an empty workspace shows: how to bring data, and a demo at one click."""

import streamlit as st

from crowdselect.pace import pace, time_left
from crowdselect.pool import Pool
from crowdselect.store import Workspace
from pages._ui.cards import card
from pages._ui.errors import guarded, show_text_error
from pages._ui.jobs import Progress, progress, start
from pages._ui.workspace import workspace

JOBS = {
    "demo": "Writing instructions, responses and scores",
    "ingest": "Reading records",
    "generate": "Asking models for responses",
    "reward": "Scoring the responses",
    "ifd": "Measuring how much the instructions help",
    "tag": "Tagging the instructions",
    "judge": "Judging the best responses",
    "tokens": "Counting tokens",
    "embed": "Embedding the instructions",
    "cluster": "Grouping them by meaning",
    "project": "Drawing the maps",
    "metrics": "Computing the metrics",
    "publish": "Publishing the build",
}


def empty_workspace() -> None:
    """A welcome with two ways on."""
    with st.container(horizontal_alignment="center"), st.container(width=1080):
        welcome(workspace())
    waiting()


def welcome(place: Workspace) -> None:
    st.title("Choose the instructions that teach a model most")
    st.write(
        "CrowdSelect takes instructions that many models answered and reward models scored, and helps you pick the "
        "few thousand pairs worth training on. This workspace is empty. There are two ways to fill it."
    )
    left, right = st.columns(2, gap="medium")
    with left, card("Try it with a demo", key="demo"):
        st.caption(
            "2,000 synthetic instructions over a dozen subjects, answered by 19 models of 6 families and scored by 3 "
            "reward models, with embeddings, clusters and maps. It takes about a minute."
        )
        demo(place)
    with right, card("Bring your own data", key="own"):
        st.caption(
            "Parquet, JSONL or CSV in five layouts, detected by content. What cannot be read is listed with its reason."
        )
        st.code("python -m precompute ingest PATH...\npython -m precompute run", language="bash")
        st.caption("Straight from the hub:")
        st.code(
            "python -m precompute ingest hf:Magpie-Align/Magpie-100K-Generator-Zoo", language="bash", wrap_lines=True
        )
        st.caption("This page opens the pool by itself when the first build is there.")


def nothing_to_choose(pool: Pool) -> None:
    """Instead of Tune where there are no scores, or no instructions at all."""
    with card("No scores yet" if len(pool) else "No instructions yet", key="nothing"):
        st.caption(
            "Metrics and strategies are computed from reward-model scores. Ingest files that carry them, or let models "
            "answer and score: on the page Data under Models, or with a models.yaml on the command line."
        )
        st.code(
            "python -m precompute ingest PATH...\npython -m precompute run generate reward --models models.yaml",
            language="bash",
        )


def begin(place: Workspace, arguments: list[str]) -> None:
    """A button's callback: what `start` says shows at the next look."""
    start(place, arguments)


@st.fragment(run_every=1.0)
def waiting() -> None:
    """Opens the app as soon as there is a build, whoever made it."""
    if workspace().builds_to_try():
        st.rerun()


@st.fragment(run_every=1.0)
def demo(place: Workspace) -> None:
    """The button, or how far the demo has come. Closing the tab stops nothing."""
    with guarded():
        now = progress(place)
        if now.state in ("starting", "running"):
            show_progress(now)
            return
        if now.state == "failed":
            show_text_error(now.message)
        st.button(
            "Try again" if now.state == "failed" else "Build the demo", key="build_demo", type="primary",
            icon=":material/play_arrow:", on_click=begin, args=(place, ["demo"]),
            help="Runs `python -m precompute demo` on this workspace, in a process of its own.",
        )  # fmt: skip


def show_progress(now: Progress) -> None:
    """One bar for the whole, and in words what is being done."""
    what = JOBS.get(now.job or "", now.job or "Starting")
    st.progress(now.share, text=f"{what}… {now.share:.0%}")
    details = [f"step {now.step} of {now.steps}"] if now.steps else []
    if now.total:
        details.append(f"{now.done:,} of {now.total:,}")
    if now.rate:
        details.append(pace(now.rate))
    if now.eta_s:
        details.append(f"about {time_left(now.eta_s)} left")
    st.caption(" · ".join(details) or "The first step begins in a moment.")
    st.caption("You can close this tab: the work goes on, and this page picks it up again.")
