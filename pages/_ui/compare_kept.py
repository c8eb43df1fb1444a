"""What Compare works out once for the same selections, and keeps: it is needed again at every rerun."""

from collections.abc import Mapping

import streamlit as st

from crowdselect.compare.measures import measured
from crowdselect.compare.measures import redundancy_of as measured_redundancy
from crowdselect.compare.moved import Moved, moved
from crowdselect.compare.orders import Orders, orders
from crowdselect.compare.shares import Shares
from crowdselect.compare.sides import SideBySide
from crowdselect.compare.table import Cell, Row, effects_table, kinds, selections_table
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.trust import Robustness
from pages._ui.compare_entries import clustering


def shares_of(sides: SideBySide, kind: str) -> Shares:
    return _shares(sides.key, kind, sides)


def kinds_of(sides: SideBySide) -> list[str]:
    """The kinds of shares that there is something to say about."""
    return _kinds(sides.build, clustering(sides.entries[0].selection), sides)


def effects_of(sides: SideBySide) -> list[Row]:
    return _effects(sides.key, sides)


def orders_of(sides: SideBySide) -> Orders:
    return _orders(sides.key, sides)


def table_of(sides: SideBySide, projection: str | None, extra: Mapping[str, list[Cell]]) -> list[Row]:
    """The selections' table; `extra` columns hold what the same selections always have."""
    return _table(sides.key, projection, tuple(extra), sides, extra)


def moved_of(sides: SideBySide, place: int) -> Moved:
    """What came in and went out at `place` against the first."""
    return _moved(sides.key, place, sides)


def robustness_of(build: Build, selection: Selection) -> Robustness:
    """Seconds at 100,000 rows; UserError where there is nothing to draw."""
    return _robustness(str(build.path), selection.recipe.key, selection)


def redundancy_of(build: Build, selection: Selection) -> float:
    """Needs embeddings: UserError where there are none."""
    return _redundancy(str(build.path), selection.recipe.key, selection)


# An argument whose name starts with _ is not part of a cache's key.
@st.cache_resource(max_entries=64, show_spinner=False)
def _shares(key: tuple[str, ...], kind: str, _sides: SideBySide) -> Shares:
    return _sides.shares(kind, clustering(_sides.entries[0].selection))


@st.cache_resource(max_entries=8, show_spinner=False)
def _kinds(build: str, clusters: str | None, _sides: SideBySide) -> list[str]:
    return kinds(_sides, clusters)


@st.cache_resource(max_entries=16, show_spinner=False)
def _effects(key: tuple[str, ...], _sides: SideBySide) -> list[Row]:
    return effects_table(_sides, clustering(_sides.entries[0].selection))


@st.cache_resource(max_entries=16, show_spinner=False)
def _orders(key: tuple[str, ...], _sides: SideBySide) -> Orders:
    return orders(_sides)


@st.cache_resource(max_entries=32, show_spinner=False)
def _table(
    key: tuple[str, ...], projection: str | None, columns: tuple[str, ...], _sides: SideBySide,
    _extra: Mapping[str, list[Cell]],
) -> list[Row]:  # fmt: skip
    return selections_table(_sides, clustering(_sides.entries[0].selection), projection, _extra)


@st.cache_resource(max_entries=32, show_spinner=False)
def _moved(key: tuple[str, ...], place: int, _sides: SideBySide) -> Moved:
    return moved(_sides, place)


@st.cache_resource(max_entries=128, show_spinner=False)
def _robustness(path: str, key: str, _selection: Selection) -> Robustness:
    return measured(_selection)


@st.cache_resource(max_entries=256, show_spinner=False)
def _redundancy(path: str, key: str, _selection: Selection) -> float:
    return measured_redundancy(_selection)
