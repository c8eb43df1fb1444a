"""What Browse looks for: words or a meaning, and which side of the selection; each stands in the address."""

from dataclasses import dataclass

import streamlit as st

from crowdselect.recipe import Filter
from pages._ui import where
from pages._ui.address import bound, title

MODES = ("words", "meaning")
SIDES = ("all", "selected", "not_selected")
LONGEST = 500


@dataclass(frozen=True)
class Question:
    """What the widgets say."""

    text: str
    meaning: bool
    side: str  # all | selected | not_selected

    @property
    def words(self) -> Filter | None:
        """The condition on the text; None where nothing is searched, or a meaning is."""
        return Filter(field="text", contains=self.text) if self.text and not self.meaning else None


def question() -> Question:
    """The search box in one row."""
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
        asked = Question(text.strip()[:LONGEST], mode == "meaning" and bool(text.strip()), side)
        st.button(
            "Keep as a filter", icon=":material/filter_list:", key="keep_search", on_click=_keep, args=(asked.words,),
            disabled=asked.words is None,
            help="Choose only from instructions with these words, on every page. A meaning cannot be a filter.",
        )  # fmt: skip
    return asked


def _keep(words: Filter | None) -> None:
    if words is not None:
        where.add(words)
        st.session_state["search"] = ""
