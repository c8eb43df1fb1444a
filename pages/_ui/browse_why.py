"""Why the opened instruction is in the selection or not, and what would change that."""

import streamlit as st

from crowdselect.explain import explain, turning_weights
from crowdselect.figures.ladders import ladders
from crowdselect.figures.percentiles import Place, percentiles
from crowdselect.ladders import ladders_of
from crowdselect.reasons.why import Why
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.cards import card, chart, legend, nothing, short
from pages._ui.recipe import WEIGHT, metric_legend, metric_title
from pages._ui.text import literal

REMEDIES = {  # what to change, where a row is no candidate
    "scores": "Choose “Available” under Scores and ties.",
    "filter": "The filters stand above the page.",
    "pair": "The limits are at the left, under Preference pairs.",
}


def why_card(selection: Selection, build: Build, row: int) -> None:
    """The reasons, the sum that its rank comes from, and the weights that would turn it."""
    why = explain(selection, row)
    with card(
        "Why it is in" if why.selected else "Why it is out", key="why",
        help="What decided it under the current choices: what it lacks, its rank, its cluster's quota, a draw, a "
        "constraint. What a constraint decides is found by choosing without it.",
    ):  # fmt: skip
        reasons = _why(f"{build.path}{selection.recipe.key}", selection).of(row)
        for reason in reasons:
            st.markdown(literal(reason.sentence, 1_000))
        if reasons[0].kind in REMEDIES and not why.candidate:
            st.caption(REMEDIES[reasons[0].kind])
        parts = [one for one in why.standings if one.weight]
        if parts:
            st.table(
                {
                    "Metric": [*(literal(metric_title(one.metric)) for one in parts), "**Score**"],
                    "Weight × normalised": [
                        *(f"{_weight(one.weight)} × {short(one.part / one.weight)}" for one in parts), "",
                    ],
                    "Adds": [*(short(one.part) for one in parts), f"**{short(why.score)}**"],
                },
                border="horizontal", hide_index=True, alt="The parts of the weighted sum",
            )  # fmt: skip
        if why.candidate and selection.recipe.select.strategy == "weighted":
            _turning(selection, build, row, why.selected)


@st.cache_resource(max_entries=16, show_spinner="Choosing without each constraint…")
def _why(key: str, _selection: Selection) -> Why:
    return Why(_selection)


def _turning(selection: Selection, build: Build, row: int, selected: bool) -> None:
    """On a click, because it selects again for many weights: about a fifth of a second at 100,000 rows."""
    key = f"{build.path}{selection.recipe.key}{row}"
    asked = f"turn {hash(key)}"
    goal = "take it out" if selected else "bring it in"
    if not st.session_state.get(asked):
        st.button(
            f"Which weight would {goal}?", key="turning", icon=":material/swap_vert:", on_click=_ask, args=(asked,),
            width="stretch", help="Tries every step of each weight with the others kept, and selects again each time.",
        )  # fmt: skip
        return
    turns = _turns(key, selection, row)
    if not turns:
        st.caption(f"No step of one weight alone, between −2 and 2, would {goal}.")
        return
    st.caption(f"One of these alone would {goal}:")
    with st.container(horizontal=True, gap="xsmall"):
        for metric, weight in turns.items():
            now = selection.recipe.select.weights[metric]
            st.button(
                f"{literal(metric_title(metric))} {_weight(now)} → **{_weight(weight)}**", key=f"turn_{metric}",
                on_click=_set, args=(metric, weight), help="Sets this weight. Every page follows.",
            )  # fmt: skip


def _weight(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _ask(asked: str) -> None:
    st.session_state[asked] = True


def _set(metric: str, weight: float) -> None:
    st.session_state[WEIGHT + metric] = weight


@st.cache_resource(max_entries=256, show_spinner="Trying every weight…")
def _turns(key: str, _selection: Selection, row: int) -> dict[str, float]:
    return turning_weights(_selection, row)


def standing_card(selection: Selection, row: int) -> None:
    """Its percentile in every metric."""
    with card("Where it stands", key="standing", help="The share of candidates below it; ties count half."):
        standings = explain(selection, row).standings
        if not standings:
            nothing("It is not a candidate under these choices, so it has no percentiles.")
            return
        places = [
            Place(metric_legend(one.metric), short(one.value), one.percentile, bool(one.weight)) for one in standings
        ]
        chart(percentiles(places), "percentiles", "Percentile of this instruction in each metric")
        if any(place.counts for place in places):
            legend("counts in the score", "does not")


def ladders_card(selection: Selection, row: int) -> None:
    """Score against model size, a panel a family."""
    with card("Family ladders", key="ladders", help="Score of each model's response against its size, on a log axis. "
              "ρ is Spearman's; stability is its mean over families. Blue rises with size, orange falls. Flat: no gap "
              "that concordance counts, or none above 1 % of the spread of all models' scores here. Of two: ρ can only "
              "be 1 or −1, whatever the gap."):  # fmt: skip
        shown = ladders_of(selection.candidates.pool, selection.recipe.pool, row)
        if not shown:
            nothing("No family has two sizes with a score here. Families and sizes are edited in Overview.")
            return
        columns = 3 if len(shown) > 4 else 2
        said = "Score against model size in " + ", ".join(literal(one.family, 30) for one in shown[:6])
        chart(ladders(shown[:12], columns), "ladders_chart", said)
        if len(shown) > 12:
            st.caption(f"The first 12 of {len(shown)} families.")
