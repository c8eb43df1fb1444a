"""The score in a judge's answer: one number from 0 to 5, or none where the answer could mean another.

The answer is read as a whole. Its first line is the score, alone (`4`, `**4.5**`, `4/5`, `Score: 4 out of 5`) or with
words after it that give a reason; else one line names it. Another scale anywhere, a second score, or a number that may
be the first of a list is no score: asking again costs less than a wrong number.
"""

import math
import re

from precompute.models.thinking import split_thinking

LOWEST, HIGHEST = 0.0, 5.0
SENTENCE = 300  # characters of a sentence that is nothing but a score
_FIVE = r"(?:5(?:\.0+)?|five)(?![\d.,]*\d)(?!\w)"
_WORDS = r"(?:six|seven|eight|nine|ten|twenty|(?:a\s+)?hundred)\b"
_UPTO = r"\s*(?:-|–|—|to)\s*"
# The scale that was asked for, said again: `on a scale of 0 to 5`, `(1-5)`, `0-5 scale`.
_OWN_SCALE = re.compile(
    rf"\(?(?:\bon\s+)?(?:\b(?:a|the)\s+)?(?:\bscale\s+(?:of|from)\s+)?"
    rf"(?<![\d.])[01]{_UPTO}{_FIVE}(?:\s+scale\b)?\)?",
    re.I,
)
# A number that is out of something else than 5.
_OTHER_SCALE = re.compile(
    rf"(?:\bout\s+of|\bscale\s+of|\bmax\w*\W{{1,4}}(?:\w+\W+)?)\s*(?:(?:a|the)\s+)?(?:(?:possible|total|maximum)\s+(?:of\s+)?)?"
    rf"(?!{_FIVE})(?:\d|{_WORDS})"
    rf"|\d\s*/\s*(?:10|20|100)\b|[-–]point\b|\b\d+{_UPTO}(?:10|20|100)\b",
    re.IGNORECASE,
)
_SCORE = rf"(?P<score>\d+(?:\.\d+)?)(?![\d.,]*\d)(?!\w)(?P<of>\s*(?:/|out\s+of)\s*{_FIVE}(?:\s*(?:stars?|points?)\b)?)?"
_NAME = r"(?:(?:the|my|your|overall|final|accuracy|helpfulness)\s+)*(?:score|rating|grade|accuracy|helpfulness)"
_NAMED = rf"{_NAME}[\s:=\"']*(?:is\b|of\b)?[\s:=\"']*"
# Words after the score that say why, and hold no other number, scale or half.
_WHY = (
    r"(?:\s*[.!]?|\s*(?:[,;(]|[–—-]\s|\.\s|\b(?:because|since|as|for)\b)"
    rf"(?:(?!\d|%|\bout of\b|\bscale\b|\bpercent|\bstars?\b|\bpoints?\b|\bhalf\b|\bquarter\b|\b{_WORDS}).)*)"
)
_ALONE = re.compile(rf"[\s:=]*{_SCORE}\s*[.!]?", re.I)
_FIRST = re.compile(rf"[\s:=]*(?:{_NAMED})?{_SCORE}{_WHY}", re.I)
# Where a line names its score, at its beginning or as the final one.
_CLAIM = re.compile(rf"(?:^\W*{_NAME}|\bfinal\s+(?:score|rating|grade))[\s:=]*(?:is\b|of\b)?[\s:=]*-?\d", re.I)
_CLAIMED = re.compile(rf"\W*{_NAMED}{_SCORE}{_WHY}", re.I)
# `I would give it a 4 out of 5.`
_GIVEN = re.compile(rf"\D*\b(?:give|rate|score|grade|assign|award)\b\D*?{_SCORE}{_WHY}", re.I)
_ITEM = re.compile(r"\d+\s*[.)–—-]\s")
_MARKS = re.compile(r"^\s*(?:[#>]+\s+)+|[*_`\"'{}\[\]]")  # of Markdown, quotes and JSON


def score_in(answer: str) -> float | None:
    """The score in `answer`, after its thinking; None where it holds none from 0 to 5, or more than one."""
    text = _OWN_SCALE.sub(" ", split_thinking(answer).answer or "")
    lines = [line for line in map(_plain, text.splitlines()) if line]
    if not lines or _OTHER_SCALE.search(text):
        return None
    head, rest = lines[0], lines[1:]
    first = None if _is_item(head, rest) else _FIRST.fullmatch(head) or _given(head)
    claims = {_claimed(line[place.start() :]) for line in lines if (place := _CLAIM.search(line))}
    if first:  # a second number on a line of its own contradicts it, and is no score by itself
        claims |= {float(match["score"]) for match in (first, *map(_ALONE.fullmatch, rest)) if match}
    score = claims.pop() if len(claims) == 1 else math.nan
    return score if LOWEST <= score <= HIGHEST else None


def _claimed(text: str) -> float:
    """The score that `text` names; not a number where it cannot be read."""
    match = _CLAIMED.fullmatch(text)
    return float(match["score"]) if match else math.nan


def _plain(line: str) -> str:
    """The line without marks, and without brackets around the whole of it."""
    text = _MARKS.sub("", line).strip()
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text


def _is_item(head: str, rest: list[str]) -> bool:
    """Whether the number that begins the answer may count the points of a list instead."""
    return bool(_ITEM.match(head)) and (head[:1] == "1" or any(_ITEM.match(line) for line in rest))


def _given(head: str) -> re.Match[str] | None:
    """A sentence that gives a score out of 5, and holds no other number."""
    match = _GIVEN.fullmatch(head) if len(head) <= SENTENCE else None
    return match if match and match["of"] else None
