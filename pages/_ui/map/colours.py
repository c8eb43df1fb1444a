"""Colourings that are kept, and what a legend needs of them."""

from typing import Any

import streamlit as st

from crowdselect.mapping.colouring import ColourBy, colouring
from crowdselect.mapping.palettes import THEMES, category_colours, ramp_colours
from crowdselect.mapping.scales import Scale
from crowdselect.metrics import ALL_METRICS
from crowdselect.pool import Pool
from crowdselect.store import Build

TITLES = {
    "cluster": "Cluster",
    "source": "Source",
    "tag": "Tag",
    "best_model": "Best model",
    "disagreement": "Reward models disagree",
}


def scale_of(build: Build, pool: Pool, colour: ColourBy) -> Scale:
    """The colouring of every row, computed once for each build. UserError for what this pool does not have."""
    return _scale(str(build.path), colour, pool)


def legend_of(colour: ColourBy, scale: Scale) -> dict[str, Any]:
    """All that a legend says, and the colours for either theme."""
    legend: dict[str, Any] = {"title": colour_title(colour), "kind": scale.kind}
    if scale.kind == "categories":
        legend["names"] = list(scale.names)
        if colour.by == "cluster":
            legend["clusters"] = scale.groups  # the labels behind each name
        legend["palette"] = {theme: category_colours(len(scale.names), theme) for theme in THEMES}
    else:
        legend |= {"low": scale.low, "high": scale.high, "least": scale.least, "most": scale.most}
        legend["palette"] = {theme: ramp_colours(theme) for theme in THEMES}
    return legend


def colour_title(colour: ColourBy) -> str:
    """What the legend is headed by."""
    if colour.by == "metric":
        title = ALL_METRICS[colour.name].title if colour.name in ALL_METRICS else colour.name
        return f"{title} ({colour.concordance.words})" if colour.name == "concordance" else title
    return TITLES.get(colour.by, colour.by)


@st.cache_resource(max_entries=24, show_spinner=False)
def _scale(path: str, colour: ColourBy, _pool: Pool) -> Scale:
    scale = colouring(_pool, colour)
    scale.codes.flags.writeable = False
    return scale
