"""The workspace, its current build, and what is computed from it: shared by all sessions, never written to."""

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.figures.density import Extent, density_png, extent
from crowdselect.filters import needs_scores
from crowdselect.listing import rows_where
from crowdselect.pool import Pool
from crowdselect.recipe import Filter, Recipe
from crowdselect.selection import Selection, gather, select_from, what_binds
from crowdselect.store import Build, Workspace, open_pool
from crowdselect.store.failures import InUseError, UnusableError
from crowdselect.store.opening import first_readable
from crowdselect.strategies import compares_rows

_DRAWN = "_drawn_for"  # the build that this session's page shows


def workspace() -> Workspace:
    return Workspace.of()


def current() -> tuple[Build, Pool] | None:
    """The newest build that can be read and its pool; None in an empty workspace. A new one shows at the next rerun."""
    place = workspace()
    if not place.builds_to_try():
        return None
    return first_readable(place, lambda build_id: _opened_or_raise(place, build_id))


def opened() -> tuple[Build, Pool]:
    """The same inside a fragment. Where a new build came since the page was drawn, the whole page is drawn again."""
    found = current()
    if found is None:
        raise UserError(f"{workspace().path} holds no build any more; reload the page.")
    if st.session_state.get(_DRAWN) != found[0].id:
        st.rerun()
    return found


def drawn_for(build: Build) -> bool:
    """Call where a page begins: its fragments belong to this build. Whether the session's last page did, too."""
    known = st.session_state.get(_DRAWN) == build.id
    st.session_state[_DRAWN] = build.id
    return known


def selected(build: Build, pool: Pool, recipe: Recipe) -> Selection:
    """The recipe's selection; where fewer rows are eligible than its size, of all those (and its recipe says so)."""
    choose = _selected_slowly if compares_rows(recipe.select.strategy) else _selected
    return choose(str(build.path), recipe.key, pool, recipe)


def why_fewer(build: Build, pool: Pool, recipe: Recipe) -> str:
    """Which constraint keeps the recipe's selection shorter than its size, and by how much; empty where none does."""
    return _why_fewer(str(build.path), recipe.key, pool, recipe) if recipe.constraints else ""


def rows_meeting(build: Build, selection: Selection, conditions: Sequence[Filter]) -> Any:
    """(n,) bool: the pool rows that meet all of `conditions`, under the recipe's reward model."""
    spec = selection.recipe.pool.model_copy(update={"missing": "available", "where": ()})
    everyone = selection.recipe.model_copy(update={"pool": spec})
    pool = selection.candidates.pool
    return _meeting(str(build.path), _specs(everyone), repr(conditions), pool, everyone, tuple(conditions))


def picture(build: Build, pool: Pool, projection: str) -> bytes:
    """The density of the whole pool as a PNG."""
    return _picture(str(build.path), projection, pool)


def area(build: Build, pool: Pool, projection: str) -> Extent:
    """What part of the projection's plane that picture covers."""
    return _area(str(build.path), projection, pool)


def _opened_or_raise(place: Workspace, build_id: str) -> tuple[Build, Pool]:
    found = _opened(str(place.path), build_id, _stamp(place.build(build_id)))
    if isinstance(found, UnusableError):
        raise found
    return found


def _stamp(file: Path) -> tuple[int, int]:
    """What changes when a file is mended: its time and length."""
    try:
        facts = file.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def _close(found: tuple[Build, Pool] | UnusableError) -> None:
    if not isinstance(found, UnusableError):
        found[0].close()


# Two builds, so that a session in mid-run keeps the old one while the new one is opened; then it is let go. What cannot
# be used is remembered, too, and not read again at each rerun; but a build that is open elsewhere may soon be free.
@st.cache_resource(max_entries=3, show_spinner="Opening the pool…", on_release=_close)
def _opened(path: str, build_id: str, stamp: tuple[int, int]) -> tuple[Build, Pool] | UnusableError:
    try:
        build, pool = open_pool(Workspace.of(path), build_id)
    except InUseError:
        raise
    except UnusableError as error:
        return error
    len(pool.row_of)  # made now, so that it is put aside too
    _put_aside()
    return build, pool


def _put_aside() -> None:
    """What is there now stays: Streamlit collects garbage after every run, and walked all of it for 0.1 s each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


# An argument whose name starts with _ is not part of a cache's key: the build's path stands for its pool.
@st.cache_resource(max_entries=6, show_spinner=False)
def _candidates(path: str, specs: str, _pool: Pool, _recipe: Recipe) -> Candidates:
    return gather(_pool, _recipe.pool, _recipe.response, _recipe.select.seed)


def _specs(recipe: Recipe) -> str:
    """What the candidates depend on; the seed only where responses are drawn."""
    seed = recipe.select.seed if "random" in recipe.response.choose else ""
    return f"{recipe.pool.model_dump_json()}{recipe.response.model_dump_json()}{seed}"


@st.cache_resource(max_entries=32, show_spinner=False)
def _meeting(path: str, specs: str, said: str, _pool: Pool, _everyone: Recipe, _conditions: tuple[Filter, ...]) -> Any:
    scored = (
        _candidates(path, specs, _pool, _everyone) if any(needs_scores(one, _pool) for one in _conditions) else None
    )
    found = rows_where(_pool, _conditions, scored)
    found.flags.writeable = False
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _selected(path: str, key: str, _pool: Pool, _recipe: Recipe) -> Selection:
    candidates = _candidates(path, _specs(_recipe), _pool, _recipe)
    selection = select_from(candidates, _recipe)
    if selection.may_be_short:
        return selection
    possible = len(selection) if _recipe.constraints else selection.eligible
    if len(selection) < _recipe.select.size and possible:
        fewer = _recipe.select.model_copy(update={"size": possible})
        selection = select_from(candidates, _recipe.model_copy(update={"select": fewer}))
    return selection


# Strategies that compare rows with each other take seconds in a large pool; once chosen, a recipe is there at once.
@st.cache_resource(max_entries=64, show_spinner="Comparing the rows with each other, to choose different ones…")
def _selected_slowly(path: str, key: str, _pool: Pool, _recipe: Recipe) -> Selection:
    return _selected(path, key, _pool, _recipe)


@st.cache_resource(max_entries=64, show_spinner="Looking for the constraint that binds…")
def _why_fewer(path: str, key: str, _pool: Pool, _recipe: Recipe) -> str:
    return what_binds(select_from(_candidates(path, _specs(_recipe), _pool, _recipe), _recipe))


@st.cache_resource(max_entries=8, show_spinner=False)
def _area(path: str, projection: str, _pool: Pool) -> Extent:
    return extent(_pool.projections[projection])


@st.cache_resource(max_entries=8, show_spinner=False)
def _picture(path: str, projection: str, _pool: Pool) -> bytes:
    return density_png(_pool.projections[projection])
