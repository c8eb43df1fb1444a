"""What a chat completion says: the text of its answer, why it ended and what it cost, or why it is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CUT = "length"  # the finish reason of an answer that ran out of tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `finish` is what the server says (stop, length …); tokens are None where it does not count them."""

    text: str
    finish: str
    tokens_in: int | None = None
    tokens_out: int | None = None


class CallFailed(Exception):  # noqa: N818  a verdict on one call, not a failure of the program
    """Why one call has no answer, and will have none when it is simply made again at once."""


class HalfAnswer(Exception):  # noqa: N818
    """What came is not a whole completion; the call may be made again."""


def answer_of(body: Any) -> Answer:
    """The answer in a decoded chat completion. Raises HalfAnswer or CallFailed."""
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list):
        raise HalfAnswer("half an answer: no choices")
    choice = next((one for one in choices if isinstance(one, dict) and one.get("index", 0) == 0), None)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        raise HalfAnswer("half an answer: no message")
    finish, text = choice.get("finish_reason"), message.get("content")
    if not isinstance(finish, str) or finish in ("abort", "error"):
        raise HalfAnswer("half an answer: it has no end")
    if finish == "content_filter":
        raise CallFailed("the server's content filter held the answer back")
    if not isinstance(text, str) or not text.strip():
        if finish == CUT:
            raise CallFailed("cut before it said anything; raise max_tokens")
        if not isinstance(text, str) and not message.get("refusal") and not message.get("tool_calls"):
            raise HalfAnswer("half an answer: no content")
        raise CallFailed("an empty answer")
    if not _encodable(text):
        raise CallFailed("the answer holds half a character (a lone surrogate)")
    usage = body.get("usage")
    return Answer(text, finish, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _count(usage: Any, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
