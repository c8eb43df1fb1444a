"""A page with one map: what comes back from it is written below it as JSON."""

import json

import numpy as np
import streamlit as st

from crowdselect.mapping.lasso import Lasso, rows_inside
from crowdselect.pool import Pool
from pages._ui.map import ColourBy, point_map
from pages._ui.workspace import current

st.set_page_config(layout="wide")
found = current()
assert found is not None
build, pool = found
COLOURS = {
    "none": None,
    "cluster": ColourBy("cluster", next(iter(pool.clusterings), "")),
    "difficulty": ColourBy("metric", "difficulty", reward_model=next(iter(pool.scores), None)),
    "best model": ColourBy("best_model", reward_model=next(iter(pool.scores), None)),
}


def label_places(pool: Pool, projection: str) -> list[tuple[float, float, str, int]]:
    clustering = next(iter(pool.clusterings.values()), None)
    if clustering is None:
        return []
    points = pool.projections[projection]
    return [
        (
            *np.nanmedian(points[clustering.codes == label], axis=0),
            clustering.names.get(int(label), f"topic {label}"),
            int(label),
        )
        for label in clustering.labels
    ]


@st.cache_resource
def shuffled(n: int) -> np.ndarray:
    return np.random.default_rng(1).permutation(n)


def keep_lasso(lasso: Lasso) -> None:
    st.session_state["kept"] = lasso if lasso.polygon else None


def keep_row(row: int) -> None:
    st.session_state["row"] = row


with st.container(horizontal=True):
    projection = st.segmented_control(
        "Map", list(pool.projections), key="projection", default=next(iter(pool.projections))
    )
    colour = st.segmented_control("Colour", list(COLOURS), key="colour", default="none")
    share = st.slider("Selected", 0, 100, 1, key="share")
    labelled = st.checkbox("Labels", key="labels")
    visible = st.checkbox("Half", key="half")

kept = st.session_state.get("kept")
n = len(pool)
chosen = shuffled(n)[: n * share // 100] if kept is None else rows_inside(pool, kept)
event = point_map(
    build, pool, projection, key="map", colour=COLOURS[colour or "none"], selected=chosen,
    visible=np.arange(n) % 2 == 0 if visible else None,
    labels=label_places(pool, projection) if labelled else (), height=560,
    outlines=[kept.polygon] if kept and kept.projection == projection else (),
    on_lasso=keep_lasso, on_open=keep_row,
)  # fmt: skip
answer = {
    "selected": int(chosen.sum()) if chosen.dtype == bool else len(chosen),
    "row": st.session_state.get("row"),
    "event": event.opened,
    "polygon": kept.polygon if kept else None,
    "mode": kept.mode if kept else None,
    "hidden": sorted(kept.hidden) if kept else None,
    "inside": np.flatnonzero(chosen).tolist() if kept and n < 5000 else None,
}
with st.container(key="answer"):
    st.code(json.dumps(answer), language=None, wrap_lines=True)
