"""Marks of direction: nothing is lost, and a walk by the rules of Unicode's Annex 9 finds none that leaves its word."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.bidi import MARKS, in_json, isolated
from crowdselect.figures.style import label, short
from crowdselect.terminal import plain

TEXTS = st.lists(st.sampled_from([*MARKS, *'ab ,"<א5:', "\u202e", "\u2069", "\u2068"]), max_size=24).map("".join)


def turned(line: str) -> bool:
    """Whether, outside of every isolate, anything is embedded or overridden, or a mark itself stands (X5a to X7)."""
    stack: list[str] = []
    for character in line:
        kind = unicodedata.bidirectional(character)
        if kind in ("LRI", "RLI", "FSI"):
            stack.append("isolate")
        elif kind in ("LRE", "RLE", "LRO", "RLO"):
            stack.append("embedding")
        elif kind == "PDF" and stack and stack[-1] == "embedding":
            stack.pop()
        elif kind == "PDI" and "isolate" in stack:
            while stack.pop() != "isolate":
                pass
        if "isolate" not in stack and (stack or character in "\u200e\u200f\u061c"):
            return True
    return bool(stack)


@given(TEXTS)
def test_no_mark_acts_beyond_its_word(text: str) -> None:
    shown = isolated(text)
    assert not turned(f"before {shown} after")
    assert re.sub(r"[\u2066-\u2069]", "", shown) == re.sub(r"[\u2066-\u2069]", "", text)
    if not re.search(f"[{MARKS}]", text):
        assert shown == text
    for named in (label(text), short(text, 9)):
        assert not turned(named)
    assert not turned(plain(text))


@given(TEXTS)
def test_escaped_json_is_the_same_document(text: str) -> None:
    shown = in_json(json.dumps({"a": text, text: 1}, ensure_ascii=False))
    assert not re.search(f"[{MARKS}]", shown)
    assert json.loads(shown) == {"a": text, text: 1}


@pytest.mark.parametrize(("text", "found"), [("a\u202eb", True), ("a \u2067b\u2069", False), ("\u2069\u2069", False)])
def test_the_walk_sees_what_turns(text: str, found: bool) -> None:
    assert turned(text) == found
