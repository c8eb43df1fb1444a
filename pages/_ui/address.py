"""The state of a page lives in its address: every choice is a widget bound to a query parameter of its name.

A copied link opens the same view; a value that is the default is not written; a value that cannot be is left out, and
a note says so.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import streamlit as st

from crowdselect.bidi import isolated
from pages._ui import constraints, where
from pages._ui.text import literal

DATA, SCORED_BY, OVER = "data", "reward_model", "clustering"  # what a link was made on; see made_on
MADE_ON = {DATA, SCORED_BY, OVER}
UNBOUND = {where.WHERE, where.SHAPE, constraints.NAME, "row"} | MADE_ON  # parts of an address that are no widget's
KNOWN = {"ifd": "IFD", "ifd_ppl": "IFD (perplexities)", "instag": "InsTag", "deita": "DEITA", "mmr": "MMR",
         "k_center": "k-center"}  # fmt: skip
NAMING = (st.selectbox, st.multiselect)  # whose options may be names from the data
NAMED = "_name"  # of the recipe that was loaded last
_SHOWN = "_shown"  # key -> Shown, of every bound widget this session has drawn
_PAGE = "_page"  # the page that this session looked at last
_MOVED = "_moved"  # another page was opened, and its address has not been sent yet
_ASKED = "_asked"  # what the address said when the session began
_IGNORED = "_ignored"  # which parts of it could not be used


class Shown(NamedTuple):
    """A bound widget: its default, and what the address calls its value where that has a name of its own."""

    default: Any
    called: str


def remember_address() -> None:
    """Call before the first bound widget."""
    st.session_state.setdefault(_SHOWN, {})
    st.session_state.setdefault(_ASKED, st.query_params.to_dict())
    if endless := [key for key in st.query_params if key not in UNBOUND and _is_endless(st.query_params[key])]:
        for key in endless:  # Streamlit would make whole numbers of them, and fail
            del st.query_params[key]
        st.rerun()
    wrong = [*where.follow_address(), *constraints.follow_address()]
    if wrong:
        st.session_state[_IGNORED] = wrong


def _is_endless(text: str) -> bool:
    """Whether this is a number that cannot be told from an infinite one."""
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def carry_over(page: str) -> None:
    """Call before a page runs: what was chosen on the last page is there on the first run of the next.

    Streamlit keeps a bound widget's value under its key when a run ends without the widget, so such a run comes first.
    """
    left = st.session_state.get(_PAGE, page)
    st.session_state[_PAGE] = page
    if left != page:
        st.session_state[_MOVED] = True
        if plain_address():
            st.rerun()


def as_it_comes() -> bool:
    """Whether this is a session's first whole run, and no widget's value stands in its address: all are defaults."""
    return _SHOWN not in st.session_state and plain_address()


def plain_address() -> bool:
    """Whether no widget's value stands in the address."""
    return set(st.query_params) <= UNBOUND


def settled(keys: Iterable[str]) -> bool:
    """Whether drawing these bound widgets will change nothing: each has a value, or the address has none for any."""
    return all(key in st.session_state for key in keys) or plain_address()


def moved() -> bool:
    """Whether another page was opened since the last whole run: its widgets have not been drawn yet."""
    return bool(st.session_state.get(_MOVED))


def show_address() -> None:
    """Call after the last bound widget: the browser's bar says what the server knows.

    In the run that `carry_over` asks for, Streamlit takes the old page's parameters for those that the bar shows,
    and so does not send them; any update, even of nothing, does.
    """
    if st.session_state.pop(_MOVED, False) and st.query_params:
        st.query_params.update({})


def bound(widget: Callable[..., Any], label: str, *args: Any, key: str, default: Any, help: str, **options: Any) -> Any:
    """`widget` with its value in the address. `default` is what it has when the address does not say."""
    if widget is st.selectbox:
        options["index"] = list(args[0]).index(default)
    else:
        options["default" if widget in (st.segmented_control, st.multiselect) else "value"] = default
    if widget in NAMING:
        options["format_func"] = _isolated(options.get("format_func", str))
    value = widget(label, *args, key=key, help=help, bind="query-params", **options)
    called = str(options["format_func"](value)) if "format_func" in options and not isinstance(value, list) else ""
    st.session_state[_SHOWN][key] = Shown(default, called)
    return value


def _isolated(said: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda value: isolated(str(said(value)))


def reset() -> None:
    """Every bound widget back to its default, no filter and no shape; the address becomes clean."""
    where.clear()
    constraints.set_constraints(None)
    st.session_state.pop(NAMED, None)
    for key, shown in st.session_state.get(_SHOWN, {}).items():
        if key in st.session_state:
            st.session_state[key] = shown.default


def note_ignored() -> None:
    """Says which parts of the opened link could not be used. Call after the widgets."""
    asked: dict[str, str] = st.session_state[_ASKED]
    shown: dict[str, Shown] = st.session_state[_SHOWN]
    drawn = [key for key in asked if key in shown]
    ignored = [key for key in drawn if not _means(asked[key], key, shown[key].called)]
    for key in drawn:
        del asked[key]
    ignored = st.session_state[_IGNORED] = [*st.session_state.get(_IGNORED, []), *ignored]
    if ignored:
        names = ", ".join(f"“{literal(key, 40)}”" for key in dict.fromkeys(ignored))
        st.caption(f":material/info: The link's value of {names} is not possible here; the default is used.")


def _means(asked: str, key: str, called: str) -> bool:
    """Whether the widget holds what the address asked for; `called` is what the address calls its value."""
    value = st.session_state.get(key)
    if isinstance(value, list):
        return asked != "" and bool(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(asked) == float(value)
        except ValueError:
            return False
    names = (str(value), title(str(value)), called)
    return asked.casefold() in {name.casefold() for name in names}


def title(name: str) -> str:
    """A registry's name as a label: top_k_random -> Top k random, ifd_ppl -> IFD (perplexities)."""
    return KNOWN.get(name) or (name.replace("_", " ").capitalize() if name.islower() else name)
