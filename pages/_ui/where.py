"""The filters that every page's selection is taken through, and the shape on its maps: in the session and the address.

The address is read when it says something new (a link was opened, the browser went back); else the session is written
into it, so that a copied address opens the same view.
"""

import json
from collections.abc import Sequence

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from crowdselect.bounds import refuse_huge
from crowdselect.recipe import Filter

WHERE, SHAPE = "where", "shape"  # names in the address
MOST = 50  # conditions
LONGEST = 100_000  # characters of an address's part
_CONDITIONS = TypeAdapter(tuple[Filter, ...])
_SAID = "_said_"  # before a name: what the address said of it last


def conditions() -> tuple[Filter, ...]:
    """The filters of the recipe, in the order in which they were added."""
    found: tuple[Filter, ...] = st.session_state.get(f"_{WHERE}", ())
    return found


def shape() -> tuple[Filter, ...]:
    """What is drawn on the maps: empty, or polygons and then what their legend left to be seen."""
    found: tuple[Filter, ...] = st.session_state.get(f"_{SHAPE}", ())
    return found


def set_conditions(conditions: Sequence[Filter]) -> None:
    st.session_state[f"_{WHERE}"] = tuple(conditions)


def set_shape(conditions: Sequence[Filter]) -> None:
    st.session_state[f"_{SHAPE}"] = tuple(conditions)


def add(*more: Filter) -> None:
    """Filters at the end of the list; one that is there already stays once."""
    set_conditions([*(one for one in conditions() if one not in more), *more][-MOST:])


def drop(condition: Filter) -> None:
    set_conditions([one for one in conditions() if one != condition])


def clear() -> None:
    """No filter, no shape."""
    set_conditions(())
    set_shape(())


def follow_address() -> list[str]:
    """Call where a page begins. Returns the names of what the address says and cannot mean."""
    wrong = []
    for name in (WHERE, SHAPE):
        said = st.query_params.get(name)
        if said is not None and said != st.session_state.get(_SAID + name):
            found = read(said)
            if found is None:
                wrong.append(name)
            else:
                st.session_state[f"_{name}"] = found
        text = write(st.session_state.get(f"_{name}", ()))
        st.session_state[_SAID + name] = text
        if text and text != said:
            st.query_params[name] = text
        elif not text and said is not None:
            del st.query_params[name]
    return wrong


def write(some: Sequence[Filter]) -> str:
    """As short as JSON gets; empty for no filter."""
    documents = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in some]
    return json.dumps(documents, ensure_ascii=False, separators=(",", ":")) if documents else ""


def read(text: str) -> tuple[Filter, ...] | None:
    """The inverse of `write`; None for what is no list of filters."""
    if len(text) > LONGEST:
        return None
    try:
        document = json.loads(text or "[]")
        refuse_huge(document)
        found = _CONDITIONS.validate_python(document)
    except (ValueError, RecursionError, ValidationError):
        return None
    return found if len(found) <= MOST else None
