"""What the maps show: which projections, coloured by what, how large the points are."""

from dataclasses import dataclass

import streamlit as st

from crowdselect.metrics.disagreement import DISAGREEMENT
from crowdselect.pool import Pool
from crowdselect.selection import Selection
from pages._ui.address import bound, title
from pages._ui.map import ColourBy
from pages._ui.projections import projection_title, projections
from pages._ui.recipe import metric_title, weighable

PLAIN = "selection"  # no colour but the selection's
SIZES = {"small": 0.7, "medium": 1.0, "large": 1.5}
SIZE = "medium"
KEYS = ("maps", "colour", "points", "names", "only")


@dataclass(frozen=True)
class MapChoices:
    """What the controls say."""

    projections: list[str]
    colour: ColourBy | None
    only_selected: bool
    labels: bool
    size: float


def map_choices(selection: Selection) -> None:
    """A row of controls over the maps; each stands in the address."""
    names, colours = projections(selection.candidates.pool), colourings(selection)
    bound(
        st.segmented_control, "Maps", names, key="maps", default=names[:1], selection_mode="multi",
        format_func=projection_title,
        help="One layout of the embeddings, or several side by side: a shape drawn on one lights up on all.",
    )  # fmt: skip
    bound(
        st.selectbox, "Colour", list(colours), key="colour", default=PLAIN, format_func=_colour_title, width=260,
        help="What the points' colours mean. Selected rows are then larger and have a rim. The legend hides and shows "
        "what you click.",
    )  # fmt: skip
    bound(
        st.segmented_control, "Points", list(SIZES), key="points", default=SIZE, required=True,
        format_func=title, help="How large the points are drawn.",
    )  # fmt: skip
    bound(
        st.toggle, "Cluster names", key="names", default=True, disabled=not selection.candidates.pool.clusterings,
        help="The words that set each cluster apart, where there is room for them.",
    )  # fmt: skip
    bound(
        st.toggle, "Selection only", key="only", default=False,
        help="Draws the selected rows alone, without the rest of the pool.",
    )  # fmt: skip


def chosen(selection: Selection) -> MapChoices:
    """What the controls hold, or will hold when they are drawn: call it before only where they are `settled`."""
    names, colours = projections(selection.candidates.pool), colourings(selection)
    state = st.session_state
    shown = [name for name in names if name in state.get("maps", names[:1])]
    return MapChoices(
        shown or names[:1],
        colours.get(state.get("colour", PLAIN)),
        state.get("only", False),
        state.get("names", True),
        SIZES[state.get("points", SIZE)],
    )


def colourings(selection: Selection) -> dict[str, ColourBy | None]:
    """What points may be coloured by in this pool, under the recipe's reward model."""
    pool, recipe = selection.candidates.pool, selection.recipe
    spec, seed = recipe.pool, recipe.select.seed if "random" in recipe.response.choose else 0
    found: dict[str, ColourBy | None] = {PLAIN: None}
    found |= {f"cluster {name}": ColourBy("cluster", name) for name in pool.clusterings}
    metrics = [name for name in weighable(pool) if name != DISAGREEMENT or name in pool.signals]
    for name in metrics:
        asked = (spec.reward_model, spec.ties, spec.concordance, recipe.response, seed)
        found[f"metric {name}"] = ColourBy("metric", name, *asked)
    if any(pool.sources):
        found["source"] = ColourBy("source")
    if pool.tags:
        found["tag"] = ColourBy("tag")
    found["best model"] = ColourBy("best_model", "", spec.reward_model)
    if len(pool.scores) > 1:
        found["disagreement of reward models"] = ColourBy("disagreement")
    return found


def _colour_title(name: str) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "metric":
        return metric_title(rest)
    return f"Cluster · {rest}" if kind == "cluster" else name.capitalize()


def clustering_of(pool: Pool, colour: ColourBy | None) -> str | None:
    """Whose names are written on the map: the clustering that colours it, else the workspace's first."""
    if colour is not None and colour.by == "cluster":
        return colour.name
    return next(iter(pool.clusterings), None)
