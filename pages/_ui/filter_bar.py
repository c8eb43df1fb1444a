"""The one list of filters, above every page that shows a selection: each a chip that can be taken away, and a form."""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.store import Build
from pages._ui import where
from pages._ui.errors import show_text_error
from pages._ui.filter_fields import CLUSTER, LENGTH, TEXT, Field, fields, said
from pages._ui.text import literal

FORM = "_filter_"  # before the keys of the form's widgets
CHIP = 60  # characters


def filter_bar(build: Build, pool: Pool) -> None:
    """The button that adds one, and those that are there."""
    with st.popover(
        "Filter", icon=":material/filter_list:", key="filter", on_change="rerun",
        help="Choose only from instructions that meet a condition. It holds on every page and in the recipe.",
    ) as popover:  # fmt: skip
        if popover.open:  # else every change of a weight would send the form, too
            _form(build, pool)
    conditions = where.conditions()
    for place, condition in enumerate(conditions):
        st.button(
            literal(said(condition, pool), CHIP), key=f"drop_{place}", icon=":material/close:", icon_position="right",
            on_click=where.drop, args=(condition,), help=f"Take away: {literal(said(condition, pool), 400)}",
        )  # fmt: skip
    if len(conditions) > 1:
        st.button(
            "Clear all", key="drop_all", type="tertiary", on_click=where.set_conditions, args=((),),
            help="Take every filter away; undo brings them back.",
        )  # fmt: skip


@st.fragment
def _form(build: Build, pool: Pool) -> None:
    """A field, then what fits it; the page follows when the filter is added."""
    known = fields(str(build.path), pool)
    name = st.selectbox(
        "Only instructions by", list(known), key=f"{FORM}field", format_func=lambda name: known[name].title,
        help="Length, words, source, tag, cluster, best model, or the value of any metric.",
    )  # fmt: skip
    condition = _labels(name, known[name]) if known[name].options else _value(name, known[name])
    added = st.button(
        "Add the filter", key=f"{FORM}add", icon=":material/add:", type="primary", disabled=condition is None,
        help="It joins the list. Several filters must all be met.", width="stretch",
    )  # fmt: skip
    if added and condition is not None:
        where.add(condition)
        st.rerun()


def _labels(name: str, field: Field) -> Filter | None:
    options = field.options or {}
    chosen = st.multiselect(
        "Any of", list(options), key=f"{FORM}{name}_in", format_func=lambda value: options[value],
        placeholder="Choose one or more", help=field.help,
    )  # fmt: skip
    without = st.toggle("All but these", key=f"{FORM}{name}_not", help="Leaves out what you chose, and keeps the rest.")
    if not chosen:
        return None
    side = "not_in" if without else "in"
    return Filter.model_validate({"field": "cluster" if name.startswith(CLUSTER) else name, side: list(chosen)})


def _value(name: str, field: Field) -> Filter | None:
    if name == TEXT:
        words = st.text_input("Words", key=f"{FORM}words", max_chars=500, live="250ms", help=field.help).strip()
        return Filter(field=TEXT, contains=words) if words else None
    step = 1 if name == LENGTH else None
    with st.container(horizontal=True, gap="small"):
        low = st.number_input(
            "At least", value=None, key=f"{FORM}{name}_min", step=step, placeholder="any",
            format="%d" if step else "%.6g", help=field.help,
        )  # fmt: skip
        high = st.number_input(
            "At most", value=None, key=f"{FORM}{name}_max", step=step, placeholder="any",
            format="%d" if step else "%.6g", help=field.help,
        )  # fmt: skip
    if low is not None and high is not None and low > high:
        show_text_error(f"At least {low:g} and at most {high:g}: no value is both. Swap them.")
        return None
    return None if low is None and high is None else Filter(field=name, min=low, max=high)
