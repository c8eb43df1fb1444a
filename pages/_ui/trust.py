"""The cards of Trust about the selection: what is drawn, how much stays, how sure each row is, what moves it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from crowdselect.core_spec import CoreSpec
from crowdselect.figures.inclusion import inclusion_curve
from crowdselect.figures.movers import movers_figure
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.trust import Robustness
from crowdselect.trust.draws import SOURCES, checked
from crowdselect.trust.sentences import BY_INSTRUCTION, ONE_JUDGE, in_words, interval, left_out, one_judge
from pages._ui.address import bound
from pages._ui.cards import card, chart, nothing, number, short
from pages._ui.recipe import metric_title
from pages._ui.text import count, literal, one_line
from pages._ui.trust_kept import movers_of, robustness_of

TITLES = {"models": "Models", "families": "Families", "reward-models": "Reward models", "weights": "Weights"}
WITHOUT = {
    "models": "There is one model: nothing is left without it.",
    "families": "There is one family: nothing is left without it.",
    "reward-models": "There is one reward model: no other can take its place.",
    "weights": "No weight can be left out: the strategy has none, or one alone.",
}
SHOWN = 24  # bars


@dataclass(frozen=True)
class View:
    """What the page looks at."""

    build: Build
    selection: Selection
    spec: CoreSpec
    found: Robustness

    @property
    def selected(self) -> np.ndarray:
        """The share of resamples that choose each selected row."""
        return self.found.inclusion[self.selection.rows]

    @property
    def others(self) -> np.ndarray:
        """Pool rows beside the selection that any resample chooses, ascending."""
        chosen = self.found.inclusion > 0
        chosen[self.selection.rows] = False
        return np.flatnonzero(chosen)


def view_of(build: Build, selection: Selection) -> View:
    """The choices, and what they come to."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="choices"):
        over = bound(
            st.multiselect, "Draw anew", list(SOURCES), key="drawn", default=["models"], format_func=TITLES.get,
            width=420, help="Each resample draws all of these at once.  \n"
            + "  \n".join(f"{TITLES[source]}: {about}" for source, about in SOURCES.items()),
        )  # fmt: skip
        resamples = bound(
            st.selectbox, "Resamples", [50, 200, 1000], key="resamples", default=200, width=130,
            help="How many crowds are drawn. More make the numbers surer, and take longer.",
        )  # fmt: skip
    spec = CoreSpec.model_validate({"over": checked(over or ["models"]), "resamples": resamples})
    return View(build, selection, spec, robustness_of(build, selection, spec))


def number_cards(view: View) -> None:
    """How much of the selection another crowd would choose."""
    found, size = view.found, len(view.selection)
    core = f"{len(found.core) / size:.0%} of the selection" if size else "of no row"
    with st.grid(4, min_column_width=200, key="cards"):
        number(
            "Expected Jaccard", interval(found) if found.depends else "1.000", "with another crowd’s selection",
            help="Shared rows / rows in either, between this selection and what another crowd of the same kind would "
            "choose: on average it lies between these bounds. Lower: two halves of the crowd, in whole families, which "
            "share nothing. Upper: resample against resample, which share this crowd. 1: nothing moves.",
        )  # fmt: skip
        number(
            "Core", f"{len(found.core):,}", core,
            help=f"Selected rows that at least {view.spec.share:.0%} of the resamples select too.",
        )  # fmt: skip
        number(
            "In doubt", f"{int((view.selected < 0.5).sum()):,}", "selected, in under half of the resamples",
            help="Selected rows that most other crowds would not choose.",
        )  # fmt: skip
        number(
            "Beside it", f"{len(view.others):,}", "not selected, in some resample",
            help="Rows that are not selected now, and that at least one resample chooses.",
        )  # fmt: skip
    if not len(view.selection):
        st.info("Nothing is selected, so there is nothing to trust: loosen the pool or the filters.")
    elif not found.depends:
        st.info(in_words(view.selection, found, view.spec.share)[0], icon=":material/info:")
    else:
        lines = [*left_out(view.selection.recipe, found), *([ONE_JUDGE] if one_judge(view.selection, found) else [])]
        if lines:
            st.info("  \n".join(lines), icon=":material/info:")


def inclusion_card(view: View) -> None:
    """The share of resamples of every row, as two curves."""
    with card(
        "How sure each row is", key="inclusion_card",
        help=f"Inclusion: the share of resamples that choose a row. The dashed line is the core's, "
        f"{view.spec.share:.0%}. {BY_INSTRUCTION}",
    ):  # fmt: skip
        if not len(view.selection):
            nothing("No row is selected.")
            return
        curve = inclusion_curve(view.selected, view.found.inclusion[view.others], view.spec.share)
        chart(curve, "inclusion", "Share of resamples that choose each row, the surest first")


def movers_card(view: View) -> None:
    """Leave-one-out, one kind of part at a time."""
    with card(
        "What moves it most", key="movers_card",
        help="Each is left out, alone, and the selection made again: 1 − Jaccard index with the selection as it is. "
        "A reward model that judges alone is replaced by each other one; a weight is set to 0.", corner=True,
    ) as corner:  # fmt: skip
        with corner:
            source = bound(
                st.segmented_control, "Left out", list(SOURCES), key="left_out", default="models", required=True,
                label_visibility="collapsed", format_func=TITLES.get,
                help="What is left out, one at a time.",
            )  # fmt: skip
        movers = movers_of(view.build, view.selection, source)
        if not movers:
            nothing(WITHOUT[source])
            return
        if not movers[0].distance:
            nothing(f"Nothing moves, whichever of {len(movers):,} is left out.")
            return
        first = metric_title(movers[0].name) if source == "weights" else one_line(movers[0].name, 60)
        gone = count(len(movers[0].gone), "row goes", "rows go")
        gone = "without it nothing can be selected" if movers[0].nothing else gone
        st.caption(f"Most: **{literal(first)}**, {gone} ({short(movers[0].distance)}).")
        chart(movers_figure(movers[:SHOWN]), "movers", "How far the selection moves without each, most first")
        if len(movers) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(movers):,}.")
