"""What Browse looks for: the search box and the filters, each in the address, each a chip that can be taken away."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from crowdselect.filters import sentence
from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.address import bound, title
from pages._ui.selection_cards import clustering_shown
from pages._ui.text import literal, one_line

MODES = ("words", "meaning")
SIDES = ("all", "selected", "not_selected")
MOST_OPTIONS = 1_000
LONGEST = 500


@dataclass(frozen=True)
class Question:
    """What the widgets say."""

    text: str
    meaning: bool
    side: str  # all | selected | not_selected
    conditions: dict[str, Filter]  # the key of the widget that a condition comes from -> the condition


def question(selection: Selection, build: Build) -> Question:
    """The search box in one row, the rest behind one button."""
    pool = selection.candidates.pool
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="browse_search"):
        text = bound(
            st.text_input, "Search", key="search", default="", type="search", live="250ms", max_chars=LONGEST,
            label_visibility="collapsed", placeholder="Search the instructions",
            help="By words: instructions that hold every word, in any case. By meaning: those nearest to a sentence.",
        )  # fmt: skip
        mode = bound(
            st.segmented_control, "How to search", MODES, key="search_by", default="words", required=True,
            format_func=title, label_visibility="collapsed", width="content",
            help="Words are looked up in the instructions; meaning compares embeddings, so other words can match.",
        )  # fmt: skip
        side = bound(
            st.segmented_control, "Which side", SIDES, key="side", default="all", required=True,
            format_func=title, label_visibility="collapsed", width="content",
            help="Every instruction, those that the current choices select, or the others.",
        )  # fmt: skip
        with st.popover("Filters", icon=":material/filter_list:", key="filters", help="Source, tag, cluster, length"):
            conditions = _filters(str(build.path), pool, clustering_shown(selection))
    text = text.strip()[:LONGEST]
    if text and mode == "words":
        conditions = {"search": Filter(field="text", contains=text), **conditions}
    return Question(text, mode == "meaning" and bool(text), side, conditions)


def _filters(path: str, pool: Pool, clustering: str | None) -> dict[str, Filter]:
    conditions = {}
    sources = _names(path, "source", pool)
    if sources:
        chosen = bound(
            st.multiselect, "Source", sources, key="sources", default=[], format_func=one_line,
            placeholder="Any source", help="Where the instructions come from.",
        )  # fmt: skip
        if chosen:
            conditions["sources"] = _one_of("source", tuple(chosen))
    tags = _names(path, "tag", pool)
    if tags:
        chosen = bound(
            st.multiselect, "Tag", tags, key="tags", default=[], format_func=one_line, placeholder="Any tag",
            help="Instructions with any of these tags.",
        )  # fmt: skip
        if chosen:
            conditions["tags"] = _one_of("tag", tuple(chosen))
    if clustering:
        names = pool.clusterings[clustering].names
        titles = {
            str(label): one_line(f"{label} · {names[int(label)]}" if names.get(int(label)) else str(label), 60)
            for label in pool.clusterings[clustering].labels
        }
        chosen = bound(
            st.multiselect, "Cluster", list(titles), key="in_clusters", default=[], format_func=titles.get,
            placeholder="Any cluster", help=f"Groups by meaning, of {literal(clustering)}.",
        )  # fmt: skip
        if chosen:
            conditions["in_clusters"] = _one_of("cluster", tuple(f"{clustering}:{one}" for one in chosen))
    longest = int(pool.instruction_words.max())
    with st.container(horizontal=True, gap="small"):
        low = bound(
            st.number_input,
            "At least, words",
            0,
            longest,
            key="words_min",
            default=0,
            help="Length of the instruction.",
        )
        high = bound(
            st.number_input, "At most, words", 0, longest, key="words_max", default=longest,
            help=f"The longest instruction has {longest:,} words.",
        )  # fmt: skip
    if low:
        conditions["words_min"] = Filter(field="n_words", min=low)
    if high < longest:
        conditions["words_max"] = Filter(field="n_words", max=high)
    return conditions


def _one_of(field: str, values: Iterable[str]) -> Filter:
    return Filter.model_validate({"field": field, "in": list(values)})


def chips(asked: Question) -> None:
    """Each condition as a button that takes it away."""
    if not asked.conditions:
        return
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for key, condition in asked.conditions.items():
            said = literal(sentence(condition).replace("n_words is", "length is"), 60)
            st.button(
                said, key=f"drop_{key}", icon=":material/close:", icon_position="right", on_click=_drop, args=(key,),
                help="Take this condition away.",
            )  # fmt: skip


def _drop(key: str) -> None:
    st.session_state[key] = st.session_state["_defaults"][key]


@st.cache_resource(max_entries=8, show_spinner=False)
def _names(path: str, what: str, _pool: Pool) -> list[str]:
    """Up to 1,000 names in order; where there are more, the most frequent ones."""
    counts = Counter(_pool.sources) if what == "source" else {tag: len(rows) for tag, rows in _pool.tags.items()}
    most = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_OPTIONS]
    return sorted(name for name in most if name)
