"""What the workspace's writer is doing: progress, the end of its log, and a button that stops it."""

from collections.abc import Callable, Sequence

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from pages._ui.data_log import Line, import_counts, log_lines
from pages._ui.data_stop import stop
from pages._ui.empty import begin, show_progress
from pages._ui.errors import guarded
from pages._ui.jobs import Progress, progress
from pages._ui.text import literal, show_sentence

SIGNALS = ("SIGTERM", "SIGINT")
PLAIN = "run"  # the command that makes every default output
DONE = {
    "ingest": "The import is done.",
    "demo": "The demo is ready.",
    "run": "The run is done.",
    "attach": "What you brought is attached.",
}


def is_busy(workspace: Workspace) -> bool:
    return progress(workspace).state in ("starting", "running")


def activity(workspace: Workspace, busy: bool, todo: Sequence[str] | None = None) -> None:
    """A strip that follows the writer by itself; `todo` is the command of each output that is missing, stale or
    unfinished (None: there is no build).

    `busy` is what the rest of the page goes by: a writer that ends while it is drawn has it drawn once more.
    """
    every = 1.0 if busy else 3.0
    follow: Callable[..., None] = st.fragment(_follow, run_every=every)
    follow(workspace, busy, todo)


def _follow(workspace: Workspace, was_busy: bool, todo: Sequence[str] | None) -> None:
    """Where work begins or ends, the whole page is drawn again: a new build shows, buttons come and go."""
    now = progress(workspace)
    if (now.state in ("starting", "running")) != was_busy:
        st.rerun()
    if not was_busy and todo is None and now.state != "failed":
        return
    with guarded(), st.container(border=True, key="activity", gap="small"):
        if was_busy:
            _working(workspace, now)
            _log([line for line in log_lines(workspace) if line.pid == now.pid][-6:])
        else:
            _resting(workspace, now, todo)


def _working(workspace: Workspace, now: Progress) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(
            f":material/autorenew: **{now.command or 'Starting'}**" + (f" · process {now.pid}" if now.pid else ""),
            width="content", help="One process writes to a workspace at a time; the others wait for it.",
        )  # fmt: skip
        if now.state == "running":
            st.button(
                "Stop", key="stop", icon=":material/stop_circle:", on_click=_stop, args=(workspace,),
                disabled=st.session_state.get("_stopping") == now.pid,
                help="Asks the process to end (SIGTERM). What is committed stays; the next run goes on from there.",
            )  # fmt: skip
    if st.session_state.get("_stopping") == now.pid:
        st.caption(f":material/hourglass_top: {literal(st.session_state['_stop_said'], 300)}")
    show_progress(now)


def _resting(workspace: Workspace, now: Progress, todo: Sequence[str] | None) -> None:
    """How the last command ended, what is left to do, and the log."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            _ended(workspace, now)
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            lines = log_lines(workspace)[-30:]
            if lines:
                with st.popover("Log", icon=":material/terminal:", key="log", help="What the last commands said."):
                    _log(lines)
            plain, others = (todo or []).count(PLAIN), [each for each in todo or [] if each != PLAIN]
            if others:
                names = ", ".join(dict.fromkeys(each.split()[1] for each in others))
                st.badge(
                    f"Not up to date: {literal(names, 80)}", icon=":material/pending:", color="orange",
                    help="A plain run leaves these as they are: each has its own button under Jobs or Models.",
                )  # fmt: skip
            if plain:
                st.button(
                    f"Run what is missing ({plain})", key="run_all", type="primary", icon=":material/play_arrow:",
                    on_click=begin, args=(workspace, ["run"]),
                    help="Runs every default job that is missing, stale or unfinished, then publishes a new build.",
                )  # fmt: skip
            elif todo == []:
                st.badge("All outputs up to date", icon=":material/done_all:", color="green")


def _ended(workspace: Workspace, now: Progress) -> None:
    if now.state == "failed" and now.message in SIGNALS:
        st.markdown(":material/stop_circle: **Stopped.** What was committed stays; run it again to go on.")
    elif now.state == "failed":
        with st.container(gap="xsmall", key="failed"):
            st.badge("Failed", icon=":material/error:", color="red")
            show_sentence(now.message)
    elif now.state == "done":
        st.markdown(f":material/check_circle: {DONE.get(now.command.split(' ')[0], 'Done.')}", width="content")
        counts = import_counts(workspace, now.pid) if now.command in ("ingest", "demo") else None
        if counts:
            read, kept, rejected = (f"{each:,}" for each in counts)
            st.badge(f"{read} read = {kept} kept + {rejected} refused", color="orange" if counts[2] else "green")
    else:
        st.markdown(":material/bedtime: Nothing is running.", width="content")


def _log(lines: list[Line]) -> None:
    if lines:
        st.code("\n".join(f"{line.time}  {line.text[:300]}" for line in lines), language=None, wrap_lines=True)


def _stop(workspace: Workspace) -> None:
    """The button's callback; what it says shows in the strip."""
    st.session_state["_stopping"] = progress(workspace).pid
    try:
        stop(workspace)
        st.session_state["_stop_said"] = "Stopping: the process ends when its current piece of work lets it."
    except UserError as error:
        st.session_state["_stop_said"] = str(error)
