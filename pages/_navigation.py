"""The way between the pages: the first script of every run, whatever the address."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from pages._ui.address import carry_over
from pages._ui.auth import ask_who_comes
from pages._ui.base_path import below_base
from pages._ui.errors import guarded
from pages._ui.history import one_entry_a_page

LOOKS = Path(__file__).parent / "_ui"
st.set_page_config(page_title="CrowdSelect", page_icon=str(LOOKS / "mark.svg"), layout="wide")
st.logo(str(LOOKS / "wordmark.svg"), icon_image=str(LOOKS / "mark.svg"))

# Tune answers at / and at /tune. They are two entries to Streamlit; the one that is open is shown in the bar.
AT_TUNE = (below_base(urlsplit(st.context.url or "").path) or "").rstrip("/") == "tune"
SHOWN: tuple[Literal["visible", "hidden"], Literal["visible", "hidden"]] = (
    ("hidden", "visible") if AT_TUNE else ("visible", "hidden")
)


def tune(url_path: str, *, default: bool, visibility: Literal["visible", "hidden"]) -> st.Page:
    return st.Page(
        "tune.py", title="Tune", icon=":material/tune:", url_path=url_path, default=default, visibility=visibility,
        help="Weigh the metrics, watch the selection follow, and download it.",
    )  # fmt: skip


PAGES = [
    tune("start", default=True, visibility=SHOWN[0]),
    tune("tune", default=False, visibility=SHOWN[1]),
    st.Page(
        "overview.py", title="Overview", icon=":material/dashboard:",
        help="What is in this workspace: rows, models, scores, jobs, and what is missing.",
    ),
    st.Page(
        "map.py", title="Map", icon=":material/scatter_plot:",
        help="Where the selection lies among instructions of near meaning.",
    ),
    st.Page(
        "correlations.py", title="Correlations", icon=":material/grid_on:",
        help="Which metrics, reward models or models say the same.",
    ),
    st.Page(
        "compare.py", title="Compare", icon=":material/join_inner:",
        help="Selections side by side: overlap, what moved and why, metrics, clusters, tags, models.",
    ),
    st.Page(
        "trust.py", title="Trust", icon=":material/verified:",
        help="How far the selection depends on the crowd: resamples, the core, what moves it; agreement of judges.",
    ),
    st.Page(
        "results.py", title="Results", icon=":material/leaderboard:",
        help="What models tuned on such selections scored, as published.",
    ),
    st.Page(
        "browse.py", title="Browse", icon=":material/search:",
        help="Search the instructions, read one with every response, and see why it is selected or not.",
    ),
    st.Page(
        "data.py", title="Data", icon=":material/database:",
        help="Bring data in, run and stop the jobs over it, and see what was refused.",
    ),
    st.Page(
        "export.py", title="Export", icon=":material/download:",
        help="Save and load recipes, look at the file that the choices make, and download it with its manifest.",
    ),
]  # fmt: skip

page = st.navigation(PAGES, position="top")
carry_over(page.url_path)
with guarded():
    ask_who_comes()
    page.run()
one_entry_a_page()
