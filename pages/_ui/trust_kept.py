"""What Trust works out once for a selection, and keeps; while it works it says how far it is."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import streamlit as st

from crowdselect.agreement import Agreement, agreement
from crowdselect.core_spec import CoreSpec
from crowdselect.pool import Pool
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.trust import Mover, Robustness, leave_one_out
from crowdselect.trust.core import measured
from crowdselect.trust.redraw import Progress

MOST = 48  # answers that are kept


class Kept:
    """The last answers, by key."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._lock = Lock()

    def answer(self, key: tuple[str, ...], work: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        found = work()
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return found


def robustness_of(build: Build, selection: Selection, spec: CoreSpec) -> Robustness:
    key = ("robustness", str(build.path), selection.recipe.key, spec.model_dump_json())
    found: Robustness = _kept().answer(key, lambda: _shown("Resampling", lambda say: measured(selection, spec, say)))
    return found


def movers_of(build: Build, selection: Selection, source: str) -> list[Mover]:
    key = ("movers", str(build.path), selection.recipe.key, source)
    found: list[Mover] = _kept().answer(
        key, lambda: _shown("Leaving one out", lambda say: leave_one_out(selection, (source,), say))
    )
    return found


def agreement_of(build: Build, pool: Pool) -> Agreement:
    """UserError where there is one reward model."""
    return _agreement(str(build.path), pool)


@st.cache_resource(max_entries=2, show_spinner="Comparing reward models…")
def _agreement(path: str, _pool: Pool) -> Agreement:
    return agreement(_pool)


@st.cache_resource(show_spinner=False)
def _kept() -> Kept:
    return Kept()


def _shown(what: str, work: Callable[[Progress], Any]) -> Any:
    """Does the work below a bar, which goes when it is done."""
    place = st.empty()

    def say(done: int, total: int) -> None:
        if done == total or done % max(total // 20, 1) == 0:
            place.progress(done / max(total, 1), f"{what}: {done:,} of {total:,}")

    try:
        return work(say)
    finally:
        place.empty()
