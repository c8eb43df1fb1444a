"""Search by meaning: the embedder of the build, kept ready in a process of its own."""

import time

import streamlit as st

from crowdselect.encoder import Encoder
from crowdselect.store import Build
from crowdselect.store.history import embedding_sets
from crowdselect.store.search import near_row, near_vector

FIELD = "instruction"
MOST = 1_000  # the nearest instructions that a search by meaning lists
FIRST = 0.1  # seconds that the row itself has to show: the search for similar ones takes every processor
COMMAND = "python -m precompute run embed"


def embedder(build: Build) -> str | None:
    """Whose embeddings of the instructions the build holds; None where it holds none."""
    return _embedder(str(build.path), build)


def prepare(build: Build) -> None:
    """Starts loading the embedder, and does not wait for it: the first search by meaning then answers quickly."""
    name = embedder(build)
    if name is not None:
        _start(name)


def nearest(build: Build, text: str) -> list[tuple[str, float]]:
    """(uuid, cosine similarity) of the instructions whose meaning is nearest to the text's, best first."""
    name = embedder(build)
    return [] if name is None else _nearest(str(build.path), name, " ".join(text.split()), build)


def similar(build: Build, uuid: str, most: int) -> list[tuple[str, float]]:
    """The same for the other instructions that are nearest to one of the pool."""
    name = embedder(build)
    return [] if name is None else _similar(str(build.path), name, uuid, most, build)


@st.cache_resource(max_entries=4, show_spinner=False)
def _embedder(path: str, _build: Build) -> str | None:
    names = [each.name.rpartition("/") for each in embedding_sets(_build) if each.rows]
    return next((embedder for embedder, _, field in names if field == FIELD), None)


@st.cache_resource(
    max_entries=1,
    show_spinner=False,
    validate=lambda encoder: encoder.alive,
    on_release=lambda encoder: encoder.close(),
)
def _encoder(model: str) -> Encoder:
    return Encoder(model)


# Once a server: attached embeddings may name no model that can be loaded, and then its process ends at once.
@st.cache_resource(max_entries=4, show_spinner=False)
def _start(model: str) -> None:
    _encoder(model)


@st.cache_resource(max_entries=64, show_spinner="Searching by meaning…")
def _nearest(path: str, name: str, text: str, _build: Build) -> list[tuple[str, float]]:
    return near_vector(_build, name, FIELD, _encoder(name).vector(text), MOST)


@st.cache_resource(max_entries=256, show_spinner=False)
def _similar(path: str, name: str, uuid: str, most: int, _build: Build) -> list[tuple[str, float]]:
    time.sleep(FIRST)
    return near_row(_build, name, FIELD, uuid, most)
