"""What a reasoning model thought, and what it answered: the answer is what stands after the last closing tag."""

import re
from typing import NamedTuple

# In code, such as `</think>`, a tag is spoken of and closes nothing.
_CLOSED = re.compile(r"(?<!`)(?:<\s*/\s*(?:think|thinking|reasoning)\s*>|\[/THINK\])", re.IGNORECASE)
_OPENED = re.compile(r"(?<!`)(?:<\s*(?:think|thinking|reasoning)\s*>|\[THINK\])", re.IGNORECASE)
JOINED = "<think>\n{}\n</think>\n\n{}"


class Thought(NamedTuple):
    """A text in its two parts. `reasoning` is None where it holds no thinking, `answer` where thinking never ended."""

    reasoning: str | None
    answer: str | None


def split_thinking(text: str) -> Thought:
    """`text` without the thinking at its head, which many servers leave there.

    The opening tag may be missing, for chat templates write it; one that is never closed leaves no answer.
    """
    closed = list(_CLOSED.finditer(text))
    thinking, answer = (text[: closed[-1].start()], text[closed[-1].end() :].lstrip()) if closed else (None, text)
    opened = _OPENED.search(answer)
    if opened:
        return Thought(_trace(text), None)
    return Thought(_trace(thinking) if thinking is not None else None, answer)


def join_thinking(reasoning: str | None, answer: str) -> str:
    """One text that `split_thinking` takes apart again."""
    return answer if reasoning is None else JOINED.format(reasoning, answer)


def left_open(prompt: str) -> str:
    """The opening tag that a prompt ends with, as some chat templates write it; empty where there is none.

    What the model writes after it lacks the tag, and would look like an answer where it is cut before the closing one.
    """
    tail = prompt.rstrip()
    opened = list(_OPENED.finditer(tail))
    return opened[-1][0] if opened and opened[-1].end() == len(tail) else ""


def _trace(text: str) -> str:
    """The thinking itself, without the tag that opens it."""
    opened = _OPENED.match(text.lstrip())
    return (text.lstrip()[opened.end() :] if opened else text).strip()
