"""The cards of Results: filters, the published runs as a chart, score against data size, the methods' names."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crowdselect.figures.results import run_dots, score_by_size
from crowdselect.published import Run
from crowdselect.results import GROUPS, METHODS, TUNINGS, every_run, sizes
from pages._ui.address import bound
from pages._ui.cards import card, chart, nothing, number

SHOWN_AT_FIRST = [group for group in GROUPS if group != "Opposite end"]


@st.cache_resource(max_entries=1, show_spinner=False)
def _runs() -> list[Run]:
    return every_run()


def base_models() -> list[str]:
    return list(dict.fromkeys(run.base_model for run in _runs()))


def source() -> None:
    """Where the numbers come from, and what was measured."""
    st.markdown(
        "Models tuned on **1,000 pairs** chosen from Magpie-100K-Generator-Zoo by different methods, judged by "
        "MT-Bench (0 to 10) and Arena-Hard (win rate in %). Source: the spreadsheets that the authors of "
        "[CrowdSelect (arXiv 2503.01836)](https://arxiv.org/abs/2503.01836) published in "
        "[listentm/CROWDSELECT](https://github.com/listentm/CROWDSELECT). Nothing here was measured on this machine."
    )


def number_cards() -> None:
    """For each base model, CrowdSelect against the best other method, by Arena-Hard after full tuning."""
    with st.grid(4, min_column_width=200, key="cards"):
        for model in base_models():
            full = [run for run in _runs() if run.base_model == model and run.tuning == "full"]
            ours = next((run.arena_hard for run in full if run.method == "Multi."), None)
            rivals = [run for run in full if run.method not in ("Multi.", "Base") and run.arena_hard is not None]
            best = max(rivals, key=lambda run: run.arena_hard or 0.0, default=None)
            if ours is None or best is None or best.arena_hard is None:
                continue
            number(
                model, f"{ours:.1f} %", f"vs {METHODS[best.method].title}",
                delta=f"{ours - best.arena_hard:+.1f}",
                help=f"Arena-Hard after full tuning on CrowdSelect’s 1,000 pairs; below it the difference to the best "
                f"other method, {METHODS[best.method].title} with {best.arena_hard:.1f} %. Differences below about 3 "
                "points are within the 95 % intervals.",
            )  # fmt: skip


def filters() -> None:
    """Which runs the chart and the table show; nothing chosen in one of them means all of it."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="filters"):
        _filter("Base model", "base", base_models(), base_models(), "The model before tuning.")
        _filter("Tuning", "tuning", list(TUNINGS), ["full"], "All weights, or LoRA (low-rank adapters). LoRA runs have "
                "no published intervals.", TUNINGS)  # fmt: skip
        _filter("Methods", "group", list(GROUPS), SHOWN_AT_FIRST, "How the pairs were chosen. Opposite end: the lowest "
                "of a metric instead of the highest, for comparison.")  # fmt: skip


def _filter(
    name: str, key: str, options: list[str], default: list[str], help: str, titles: dict[str, str] | None = None
) -> None:
    shown = titles or {}
    bound(
        st.segmented_control, name, options, key=key, default=default, selection_mode="multi",
        format_func=lambda option: shown.get(option, option), help=f"{help} None chosen: all.",
    )  # fmt: skip


def chosen_runs() -> list[Run]:
    """The runs that every filter lets through."""
    state = st.session_state
    models, tunings, groups = (state.get(key) for key in ("base", "tuning", "group"))
    return [
        run
        for run in _runs()
        if (not models or run.base_model in models)
        and (not tunings or run.tuning in tunings)
        and (not groups or METHODS[run.method].group in groups)
    ]


def chart_card(runs: Sequence[Run]) -> None:
    """Every run's two scores."""
    with card(
        "Scores by method", key="scores_card",
        help="A dot a run; bars are Arena-Hard's 95 % interval. The dotted line is the model before tuning. Filled: "
        "full tuning; open: LoRA.",
    ):  # fmt: skip
        if not runs:
            nothing("No published run fits these filters. Choose more of them above.")
            return
        chart(run_dots(runs), "scores", "MT-Bench and Arena-Hard of every method, by base model")


def sizes_card() -> None:
    """Whether more data of the same kind helps."""
    with card("Score against data size", help="CrowdSelect’s selection at 100 to 10,000 pairs.", key="sizes_card"):
        chart(score_by_size(sizes()), "sizes", "MT-Bench and Arena-Hard against the number of pairs")
        st.caption(":material/info: Read off the paper’s figure, so approximate.")


def methods_card() -> None:
    """What each name in the chart and the table stands for."""
    with card("What the names mean", help="As the paper names them, in the order of the chart.", key="methods_card"):
        frame = pd.DataFrame(
            {
                "Method": [method.title for method in METHODS.values()],
                "In the paper": list(METHODS),
                "Chosen pairs": [method.meaning for method in METHODS.values()],
            }
        )
        st.dataframe(
            frame, key="methods", hide_index=True, height=402, alt="What each method stands for",
            column_config={
                "Method": st.column_config.TextColumn("Method", width=165, help="As this page calls it."),
                "In the paper": st.column_config.TextColumn("Published as", width=105, help="In the spreadsheets."),
                "Chosen pairs": st.column_config.TextColumn("Chosen pairs", help="Which 1,000 pairs it takes."),
            },
        )  # fmt: skip
