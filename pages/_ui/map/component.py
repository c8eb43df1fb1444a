"""A map of the pool's points in the page. Points and colours go by HTTP, once; a rerun sends a bit mask."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from crowdselect.errors import UserError
from crowdselect.mapping.colouring import ColourBy
from crowdselect.mapping.lasso import Lasso
from crowdselect.mapping.order import step
from crowdselect.mapping.wire import as_mask, message, shortest
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.components import mounted
from pages._ui.map.addresses import colour_address, points_address, row_address
from pages._ui.map.events import read_lasso, read_row
from pages._ui.routes import picture_address
from pages._ui.text import one_line
from pages._ui.workspace import area

LABEL_LENGTH = 200  # characters

# (x, y, text, cluster), the most important first: where there is no room for all, the first ones are shown. Where
# colours are clusters, one that the legend hides has no label.
Label = tuple[float, float, str, int]


@dataclass(frozen=True)
class MapEvent:
    """What was done on the map since the last run: both None in a run that something else caused."""

    lasso: Lasso | None = None  # without corners: the shape was cleared
    opened: int | None = None  # a row of the pool


def point_map(
    build: Build,
    pool: Pool,
    projection: str,
    *,
    key: str,
    colour: ColourBy | None = None,
    selected: np.ndarray | None = None,
    visible: np.ndarray | None = None,
    labels: Sequence[Label] = (),
    outlines: Sequence[Sequence[tuple[float, float]]] = (),
    height: int = 520,
    size: float = 1.0,
    alt: str | None = None,
    on_lasso: Callable[[Lasso], None] | None = None,
    on_open: Callable[[int], None] | None = None,
) -> MapEvent:
    """Draws the map and returns what was done on it.

    `selected` and `visible` are pool rows, or (n,) bool: the selected ones are drawn last and larger, in the accent
    colour or, where points are coloured, in their own with a rim; rows that are not visible are not drawn. `outlines`
    are polygons to keep showing. `size` scales the points.
    The callbacks run before the page does, as Streamlit's do: keep there what should outlive the run. Without
    `on_lasso` there are no lasso tools, and without `on_open` a click does nothing. View and tool are remembered in the
    browser under `key`. UserError for a projection that the pool does not have.
    """
    if projection not in pool.projections:
        raise UserError(f"Unknown map {projection!r}; this workspace has {', '.join(pool.projections) or 'none'}.")
    n = len(pool)
    square = area(build, pool, projection)
    masks = {
        name: shortest(as_mask(rows, n))
        for name, rows in (("selected", selected), ("visible", visible))
        if rows is not None
    }
    header = {
        "key": key,
        "build": build.id,
        "projection": projection,
        "n": n,
        "step": step(n),
        "area": [square.left, square.bottom, square.side],
        "points": points_address(build.id, projection),
        "picture": picture_address(build.id, projection),
        "row": row_address(build.id),
        "colour": colour_address(build.id, colour) if colour else None,
        "masks": {name: [kind, len(packed)] for name, (kind, packed) in masks.items()},
        "labels": [
            [round(float(x), 4), round(float(y), 4), one_line(text, LABEL_LENGTH), cluster]
            for x, y, text, cluster in labels
        ],
        "outlines": [list(polygon) for polygon in outlines],
        "height": height,
        "size": size,
        "alt": alt or f"Map of {n:,} instructions, {projection}",
        "lassoes": on_lasso is not None,
        "opens": on_open is not None,
    }
    asked = functools.partial(_event, projection=projection, colour=colour, rows=n)

    def tell() -> None:
        event = asked(st.session_state[key])
        if event.lasso is not None and on_lasso is not None:
            on_lasso(event.lasso)
        if event.opened is not None and on_open is not None:
            on_open(event.opened)

    sent = message(header, *(packed for _, packed in masks.values()))
    result = mounted("map", js="map.js", css="map.css")(
        key=key, data=sent, height=height, on_lasso_change=tell, on_open_change=tell
    )
    return asked(result)


def _event(state: Any, projection: str, colour: ColourBy | None, rows: int) -> MapEvent:
    return MapEvent(read_lasso(state.get("lasso"), projection, colour), read_row(state.get("open"), rows))
