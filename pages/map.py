"""Map: where the selection lies among instructions of near meaning; draw round points to see what they share."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from crowdselect.mapping.labels import cluster_labels
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import settled
from pages._ui.cards import card, nothing
from pages._ui.frame import selection_page
from pages._ui.map import point_map
from pages._ui.map_choices import KEYS, chosen, clustering_of, map_choices
from pages._ui.map_shape import keep_row, opened_card, outlines, rows_in_shape, shape_card, shape_keeper
from pages._ui.projections import projection_title
from pages._ui.recipe import recipe
from pages._ui.text import literal
from pages._ui.workspace import selected

HEIGHTS = {1: 640, 2: 560, 3: 460}
row: list[DeltaGenerator] = []  # the place of the controls, while they are not drawn; this file runs anew each time


def maps(build: Build, pool: Pool) -> None:
    """The maps side by side, sent first of all: what stands over them can wait."""
    if not pool.projections:
        return
    selection = selected(build, pool, recipe(pool))
    with st.container(key="choices"):  # as high as it will be, while it waits
        place = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    if settled(KEYS):
        row.append(place)
    else:
        with place:
            map_choices(selection)
    choices = chosen(selection)
    inside = rows_in_shape(build, selection)
    clustering = clustering_of(pool, choices.colour) if choices.labels else None
    for column, name in zip(st.columns(len(choices.projections), gap="small"), choices.projections, strict=True):
        with column, card(literal(projection_title(name)), key=f"map_card_{name}"):
            point_map(
                build, pool, name, key=f"map_{name}", colour=choices.colour,
                selected=selection.rows if inside is None else inside,
                visible=selection.rows if choices.only_selected else None,
                labels=cluster_labels(pool, name, clustering) if clustering else (), outlines=outlines(pool, name),
                height=HEIGHTS.get(len(choices.projections), 400), size=choices.size,
                alt=f"{projection_title(name)} map of {len(pool):,} instructions, {len(selection):,} selected",
                on_lasso=shape_keeper(pool), on_open=keep_row,
            )  # fmt: skip


def page(build: Build, pool: Pool) -> None:
    """The controls over the maps, then what was drawn or clicked on them."""
    selection = selected(build, pool, recipe(pool))
    if not pool.projections:
        with card("Map"):
            nothing("No map yet. This makes one from the instructions’ embeddings:", "python -m precompute run")
        return
    for place in row:
        with place:
            map_choices(selection)
    inside = rows_in_shape(build, selection)
    st.caption(
        f"{len(selection):,} selected rows of {len(pool):,}. Near points are instructions of near meaning."
        if inside is None
        else "The rows inside your shape are lit on every map."
    )
    opened_card(selection, build)
    shape_card(selection, build, inside)


selection_page(page, first=maps)
