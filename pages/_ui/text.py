"""Texts and names from the data, shown as text only: no markup, no links, nothing fetched."""

import re

import streamlit as st

from crowdselect.bidi import isolated

MOST = 20_000  # characters; the browser takes seconds for millions
# What Streamlit would make a link of, whatever is escaped in it; a word joiner, which nobody sees, keeps it text.
LINKED = re.compile(r"(?i)(?<=https:)(?=//)|(?<=http:)(?=//)|(?<=www)(?=\.)|(?=@)")
JOINER = "\u2060"
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def show_text(text: str, key: str) -> None:
    """A whole text, wrapped. Of a very long one the first 20,000 characters, and a button for the rest."""
    if not text.strip():
        st.caption("Empty text.")
        return
    cut = len(text) > MOST and not st.session_state.get(key)
    st.code(text[:MOST] if cut else text, language=None, wrap_lines=True)
    if len(text) > MOST:
        whole_button(len(text), key)


def whole_button(length: int, key: str, of: str = "") -> None:
    """Below a text that is cut; `of` names it where it is one of several, as Markdown."""
    st.toggle(
        f"Show all {length:,} characters{f' of {of}' if of else ''}", key=key,
        help="Very long texts are cut, because browsers show them slowly.",
    )  # fmt: skip


def one_line(text: str, length: int = 120) -> str:
    """The start of a text on one line, which nothing in it turns."""
    line = " ".join(text[: 4 * length].split())
    return isolated(line if len(line) <= length and len(text) <= 4 * length else line[: length - 1] + "…")


def show_sentence(text: str) -> None:
    """A sentence of ours, or some, with names from the data in it."""
    st.text(isolated(text))


def literal(name: object, length: int = 80) -> str:
    """A name from the data for places that read Markdown (labels, headings): every mark is escaped, nothing a link."""
    return PUNCTUATION.sub(r"\\\1", LINKED.sub(JOINER, one_line(str(name), length)))


def count(number: int, one: str, more: str = "") -> str:
    """How many of what: "1 row", "2,000 rows"; `more` where an s is not enough ("family", "families")."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
