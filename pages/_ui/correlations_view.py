"""Which matrix Correlations shows: the choices, the rows they mean, and the coefficients, kept once computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from crowdselect.correlation_columns import COLUMNS, groups_of, marked, rows_of_cluster, rows_selected
from crowdselect.correlation_pairs import Pair, pairs
from crowdselect.correlations import KENDALL_ROWS, METHODS, Correlations, correlations
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.address import bound, title
from pages._ui.recipe import metric_legend, metric_title, reward_models
from pages._ui.text import one_line
from pages._ui.workspace import selected

SYMBOLS = {"pearson": "r", "spearman": "ρ", "kendall": "τ"}
MATRICES = {"metrics": "Metrics", "reward_models": "Reward models", "models": "Models"}
# The keys of the opened pair, in the address: each matrix has its own, so that none holds another's names.
PAIR_KEYS = {"metrics": ("x", "y"), "reward_models": ("rm_x", "rm_y"), "models": ("model_x", "model_y")}
POOL, SELECTION = "pool", "selection"


@dataclass(frozen=True)
class Choices:
    """What the widgets at the top say."""

    matrix: str
    method: str
    over: str  # pool | selection | a cluster's number
    reward_model: str


@dataclass(frozen=True)
class View:
    """One matrix, what it was computed from, and the key under which that is kept."""

    choices: Choices
    build: Build
    key: str
    columns: Mapping[str, Any]
    marked: Any  # which entries of the columns belong to the selection
    found: Correlations
    pairs: list[Pair]  # strongest first
    rows: int

    @property
    def titles(self) -> list[str]:
        """As matrix, table and headline name the columns: with their parameters."""
        return [metric_legend(name) if self.choices.matrix == "metrics" else name for name in self.found.names]

    def title(self, name: str) -> str:
        """As a choice names a column."""
        return metric_title(name) if self.choices.matrix == "metrics" else name

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.choices.method]


def open_pair(across: str, up: str) -> None:
    """A callback's: that pair of the shown matrix is open from the next run on."""
    x, y = PAIR_KEYS[st.session_state.get("between", "metrics")]
    st.session_state[x], st.session_state[y] = across, up


def choices(selection: Selection) -> Choices:
    """One row of widgets, all of them in the address."""
    pool, spec = selection.candidates.pool, selection.recipe.pool
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="choices"):
        matrix = bound(
            st.segmented_control, "Between", list(MATRICES), key="between", default="metrics", required=True,
            format_func=MATRICES.get, help="Metrics: do two of them rank instructions alike? Reward models: do two "
            "judges agree on all responses? Models: are two answerers good at the same instructions?",
        )  # fmt: skip
        method = bound(
            st.segmented_control, "Method", list(METHODS), key="method", default="spearman", required=True,
            format_func=title, help="Pearson r: along a line. Spearman ρ: Pearson of the ranks, so any rising curve "
            f"counts. Kendall τ-b: pairs in the same order; of more than {KENDALL_ROWS:,} rows an even sample.",
        )  # fmt: skip
        names = _scopes(selection)
        over = bound(
            st.selectbox, "Over", list(names), key="over", default=POOL, format_func=names.get, width=250,
            help="All eligible rows, those that Tune selects now, or one cluster of the pool.",
        )  # fmt: skip
        judges = reward_models(pool)
        default = spec.reward_model or judges[0]
        scored_by = bound(
            st.selectbox, "Scores of", judges, key="scored_by", default=default, width=290,
            disabled=matrix == "reward_models",
            help="The reward model whose scores metrics and models are computed from; reward models need no choice.",
        )  # fmt: skip
    return Choices(matrix, method, over, scored_by)


def _scopes(selection: Selection) -> dict[str, str]:
    """Whole pool, selection, and each cluster by its number: what it is called in the list."""
    scopes = {POOL: "Whole pool", SELECTION: "Selection"}
    name = _clustering(selection)
    if name:
        clustering = selection.candidates.pool.clusterings[name]
        for label in clustering.labels:
            words = clustering.names.get(int(label), "")
            scopes[str(label)] = one_line(f"Cluster {label}" + (f": {words}" if words else ""), 60)
    return scopes


def _clustering(selection: Selection) -> str | None:
    spec = selection.recipe.select.clusters
    return spec.name if spec else next(iter(selection.candidates.pool.clusterings), None)


def view_of(build: Build, selection: Selection, chosen: Choices) -> View:
    """The matrix that was asked for; kept, so that only a new question is computed."""
    pool = selection.candidates.pool
    spec = selection.recipe.pool.model_copy(update={"reward_model": chosen.reward_model})
    candidates = selected(build, pool, selection.recipe.model_copy(update={"pool": spec})).candidates
    rows = None
    if chosen.over == SELECTION:
        rows = rows_selected(selection)
    elif chosen.over != POOL:
        rows = rows_of_cluster(pool, _clustering(selection) or "", int(chosen.over))
    scope = f"{selection.recipe.key}{_clustering(selection)}" if rows is not None else ""
    key = f"{chosen}{spec.model_dump_json()}{selection.recipe.response.model_dump_json()}{scope}"
    columns = COLUMNS[chosen.matrix](candidates, rows)
    groups = groups_of(chosen.matrix, candidates, rows)
    found = _correlations(str(build.path), key, columns, chosen.method, groups)
    here = marked(chosen.matrix, candidates, rows, selection.rows)
    of = "" if rows is not None else selection.recipe.key
    everything = len(pool) if rows is None else len(rows)
    count = everything if chosen.matrix == "reward_models" else len(here)
    return View(chosen, build, key + of, columns, here, found, pairs(found), count)


@st.cache_resource(max_entries=48, show_spinner="Comparing every pair…")
def _correlations(path: str, key: str, _columns: Mapping[str, Any], method: str, _groups: Any) -> Correlations:
    return correlations(_columns, method, _groups)
