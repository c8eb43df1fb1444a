"""Map: where the selection lies among instructions of near meaning; draw round points to see what they share."""

import streamlit as st

from crowdselect.mapping.labels import cluster_labels
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import note_ignored, remember_address
from pages._ui.cards import card, nothing
from pages._ui.controls import sidebar
from pages._ui.empty import empty_workspace, nothing_to_choose
from pages._ui.errors import guarded
from pages._ui.header import header
from pages._ui.map import point_map, rows_inside
from pages._ui.map_choices import clustering_of, map_choices
from pages._ui.map_shape import keep_row, keep_shape, opened_card, shape, shape_card
from pages._ui.recipe import recipe
from pages._ui.selection_cards import PROJECTIONS
from pages._ui.text import literal
from pages._ui.workspace import current, drawn_for, selected

HEIGHTS = {1: 640, 2: 560, 3: 460}


def page(build: Build, pool: Pool) -> None:
    """The maps side by side, then what was drawn or clicked on them."""
    selection = selected(build, pool, recipe(pool))
    if not pool.projections:
        with card("Map"):
            nothing("No map yet. This makes one from the instructions’ embeddings:", "python -m precompute run")
        return
    choices = map_choices(selection)
    drawn = shape(pool)
    inside = rows_inside(pool, drawn) if drawn else None
    lit = inside if inside is not None else selection.rows
    clustering = clustering_of(pool, choices.colour) if choices.labels else None
    for column, name in zip(st.columns(len(choices.projections), gap="small"), choices.projections, strict=True):
        with column, card(literal(PROJECTIONS.get(name, name)), key=f"map_card_{name}"):
            point_map(
                build, pool, name, key=f"map_{name}", colour=choices.colour, selected=lit,
                visible=selection.rows if choices.only_selected else None,
                labels=cluster_labels(pool, name, clustering) if clustering else (), lasso=drawn,
                height=HEIGHTS.get(len(choices.projections), 400), size=choices.size,
                alt=f"{PROJECTIONS.get(name, name)} map of {len(pool):,} instructions, {len(selection):,} selected",
                on_lasso=keep_shape, on_open=keep_row,
            )  # fmt: skip
    st.caption(
        f"{len(selection):,} selected rows of {len(pool):,}. Near points are instructions of near meaning."
        if inside is None
        else "The rows inside your shape are lit on every map."
    )
    opened_card(selection, build)
    shape_card(selection, build, inside)


found = current()
if found is None:
    empty_workspace()
elif not len(found[1]) or not found[1].scores:
    header(*found)
    nothing_to_choose(found[1])
else:
    st.set_page_config(initial_sidebar_state="collapsed")
    drawn_for(found[0])
    remember_address()
    sidebar(found[1])
    header(*found)
    with guarded():
        page(*found)
    note_ignored()
