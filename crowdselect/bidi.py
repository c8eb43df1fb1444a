"""Marks that turn the direction of writing (right-to-left and back), kept where they stand and from what is beside.

A name or a text may hold them, rightly or to deceive: an override turns all that follows it in a line, ours included.
Source: Unicode Standard Annex 9, sections 2.1 to 2.7; "Trojan Source", CVE-2021-42574.
"""

import re

MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
MARK = re.compile(f"[{MARKS}]")
WORD = re.compile(rf"[\w{MARKS}]*[{MARKS}][\w{MARKS}]*")  # each word with a mark in it
OPENS, CLOSES = "\u2066\u2067\u2068", "\u2069"
ISOLATE = "\u2068"  # until the next CLOSES, whose own direction is that of its first letter


def isolated(text: str) -> str:
    """`text` as it can be shown beside others: each mark acts within its own word. Without marks it is unchanged."""
    return WORD.sub(_closed, text) if MARK.search(text) else text


def in_json(text: str) -> str:
    """JSON with each mark written as its escape: the same document, and nothing in it is turned."""
    return MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)


def _closed(word: re.Match[str]) -> str:
    """Within an isolate; one more opens before for each end that the word has too many, and ends for each too few."""
    opened = before = 0
    for character in word[0]:
        if character in OPENS:
            opened += 1
        elif character in CLOSES:
            before += opened == 0
            opened -= opened > 0
    return ISOLATE * (1 + before) + word[0] + CLOSES * (1 + opened)
