"""The sidebar of Tune: every choice that makes a recipe."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from crowdselect.metrics.concordance import MIN_GAP, SHRINK
from crowdselect.normalize import NORMALIZERS
from crowdselect.pool import Pool
from crowdselect.quotas import QUOTAS
from crowdselect.responses import RESPONSES
from crowdselect.strategies import STRATEGIES
from pages._ui.address import bound, reset, title
from pages._ui.constraints import in_force
from pages._ui.constraints_controls import constraint_controls
from pages._ui.errors import guarded
from pages._ui.pairs import pair_controls
from pages._ui.recipe import (
    DEFAULT_WEIGHTS,
    LARGEST_SEED,
    NO_CLUSTERS,
    WEIGHT,
    default_size,
    metric_help,
    metric_legend,
    metric_title,
    most_rows,
    recipe,
    reward_models,
    weighable,
    weighed,
)
from pages._ui.strategy_form import strategy_parameters, takes_weights
from pages._ui.text import literal
from pages._ui.undo import remember, undo_buttons


def strategy_controls(pool: Pool) -> DeltaGenerator | None:
    """Strategy with its own parameters, or the weights; then how many rows. Returns the place of the weights' sliders.

    They are drawn last: a link says further down which metrics have one, and what these are called.
    """
    strategy = bound(
        st.selectbox, "Strategy", list(STRATEGIES), key="strategy", default="weighted", format_func=title,
        help="How rows are chosen. Weighted is CrowdSelect; the others are the baselines it is compared with.",
    )  # fmt: skip
    values = strategy_parameters(strategy, pool)
    sliders = st.container() if takes_weights(strategy, values) else None
    if sliders is not None:
        other_metrics(pool)
    bound(
        st.number_input, "Rows to select", 1, most_rows(pool), step=50, key="size", default=default_size(pool),
        help="The size of the selection. Where fewer rows are eligible, all of those.",
    )  # fmt: skip
    return sliders


def other_metrics(pool: Pool) -> None:
    """Metrics beside the usual three, each of which gets a slider."""
    others = [name for name in weighable(pool) if name not in DEFAULT_WEIGHTS]
    bound(
        st.multiselect, "Other metrics", others, key="metrics", default=[], format_func=metric_title,
        placeholder="Add a metric", help="Each gets a slider. Attached metrics and signals of jobs appear here too.",
    )  # fmt: skip


def weight_sliders() -> None:
    """A slider a metric, with the parameters that the metric has by now."""
    for name in weighed():
        default = DEFAULT_WEIGHTS.get(name, 0.0)
        bound(
            st.slider, literal(metric_legend(name)), -2.0, 2.0, step=0.05, key=WEIGHT + name, default=default,
            help=f"{metric_help(name)}  \nA negative weight prefers low values; 0 leaves it out.",
        )  # fmt: skip


def cluster_controls(pool: Pool) -> None:
    """Spread over clusters, or not."""
    names = [*pool.clusterings, NO_CLUSTERS]
    chosen = bound(
        st.selectbox, "Clusters", names, key="clusters", default=names[0],
        format_func=lambda name: "None" if name == NO_CLUSTERS else name,
        help="Takes the best rows of each cluster, so that no subject is left out. None: the best of the whole pool.",
    )  # fmt: skip
    bound(
        st.segmented_control, "Quota", list(QUOTAS), key="quota", default="equal", required=True, format_func=title,
        disabled=chosen == NO_CLUSTERS, width="stretch",
        help="Rows a cluster: equal = size / clusters, rounded up; proportional to its rows; sqrt is between the two.",
    )  # fmt: skip


def response_controls(pool: Pool) -> None:
    """Which of an instruction's responses is exported."""
    choose = bound(
        st.selectbox, "Response", list(RESPONSES), key="response", default="best", format_func=title,
        help="Best and worst go by score, longest and shortest by words; the first model by name on ties. Random and "
        "top-k random use the seed. A blank response is never taken.",
    )  # fmt: skip
    if choose == "top_k_random":
        most = max(len(pool.models), 1)
        bound(
            st.number_input, "k", 1, most, key="k", default=min(5, most),
            help="One of the k best responses, each as likely.",
        )  # fmt: skip
    if choose == "model":
        names = [model.name for model in pool.models]
        bound(st.selectbox, "Model", names, key="model", default=names[0], help="Only its responses are exported.")


def score_controls(pool: Pool) -> None:
    """Whose scores, and how they become numbers."""
    names = reward_models(pool)
    if names:
        bound(
            st.selectbox, "Reward model", names, key="rm", default=names[0],
            help="Whose scores all metrics are computed from. Ensemble: the mean over them of each one's z-scores.",
        )  # fmt: skip
    missing = bound(
        st.segmented_control, "Missing scores", ["complete", "available"], key="missing", default="complete",
        required=True, format_func=title, width="stretch",
        help="Complete: only rows that every model has a score in. Available: rows with any score.",
    )  # fmt: skip
    bound(
        st.number_input, "Scores a row at least", 1, max(len(pool.models), 1), key="min_scores", default=1,
        disabled=missing == "complete", help="Of the available: rows with fewer scores are left out.",
    )  # fmt: skip
    bound(
        st.segmented_control, "Ties in stability", ["average", "original"], key="ties", default="average",
        required=True, format_func=title, width="stretch",
        help="Average: tied scores share their rank. Original: the published code, where a tie counts as agreement.",
    )  # fmt: skip
    left, right = st.columns(2, gap="small")
    with left:
        bound(
            st.number_input, "Concordance: gap", min_value=0.0, step=0.01, format="%g", key="min_gap", default=MIN_GAP,
            help="A gap of two scores below this counts for neither model. In the unit of the scores.",
        )  # fmt: skip
    with right:
        bound(
            st.number_input, "Shrink", min_value=0.0, step=1.0, format="%g", key="shrink", default=SHRINK,
            help="Concordance divides by the number of pairs plus this, which draws rows with few pairs to 0.",
        )  # fmt: skip
    bound(
        st.selectbox, "Normaliser", list(NORMALIZERS), key="normalize", default="quantile", format_func=title,
        help="Brings metrics to one scale before they are weighted. Quantile (the paper): average rank on 0 to 1.",
    )  # fmt: skip
    bound(
        st.number_input, "Seed", 0, LARGEST_SEED, key="seed", default=42,
        help="For the random strategy and random responses. The same seed gives the same rows.",
    )  # fmt: skip


def sidebar(pool: Pool) -> None:
    """All of them, in the order in which a researcher decides."""
    with st.sidebar:
        sliders = strategy_controls(pool)
        cluster_controls(pool)
        with st.expander("Scores and ties", icon=":material/straighten:", key="scores_open"):
            score_controls(pool)
        if sliders is not None:
            with sliders:
                weight_sliders()
        with st.expander("Response", icon=":material/chat:", key="response_open"):
            response_controls(pool)
        section = st.expander("Constraints", icon=":material/rule:", key="constraints_open", on_change="rerun")
        if section.open:  # what it holds is no widget's, so it may be left out
            with section:
                constraint_controls(pool)
        elif in_force():
            st.caption(f"In force: {in_force()}.")
        with st.expander("Preference pairs", icon=":material/thumbs_up_down:", key="pairs_open"):
            pair_controls(pool)
        with st.container(horizontal=True, gap="xsmall", key="ways_back"):
            with guarded():
                remember(recipe(pool))
            undo_buttons(pool)
            st.button(
                "Reset", icon=":material/restart_alt:", key="reset", on_click=reset, width="stretch",
                help="Every control back to its default, no filters; the address becomes clean.",
            )  # fmt: skip
