"""What a chat completion says: the text of its answer, why it ended and what it cost, or why it is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from precompute.models.message_parts import Said, said_in
from precompute.models.said_error import SaidError, error_in
from precompute.models.thinking import split_thinking

CUT = "length"  # the finish reason of an answer that ran out of tokens
SHOWN = 200  # characters of a model's own words in a reason


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, without the thinking that led to it: `reasoning`, None where there was none or it is not shown.

    `finish` is why it ended, in the server's words (stop, length …; empty where it gives none); tokens are None where
    it does not count them.
    """

    text: str
    finish: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    reasoning: str | None = None


class CallFailed(Exception):  # noqa: N818  a verdict on one call, not a failure of the program
    """Why one call has no answer, and will have none when it is simply made again at once."""


class HalfAnswer(Exception):  # noqa: N818
    """What came is not a whole completion; the call may be made again."""


class ServerFailed(Exception):  # noqa: N818
    """An error of the server stands where the answer should."""

    def __init__(self, error: SaidError) -> None:
        super().__init__(str(error))
        self.error = error


def answer_of(body: Any) -> Answer:
    """The answer in a decoded chat completion. Raises HalfAnswer, CallFailed or ServerFailed."""
    error = error_in(body)
    if error is not None:
        raise ServerFailed(error)
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list):
        raise HalfAnswer("half an answer: no choices")
    choice = next((one for one in choices if isinstance(one, dict) and one.get("index") in (0, None)), None)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        raise HalfAnswer("half an answer: no message")
    finish = str(choice.get("finish_reason") or "")  # some servers leave it out, and their answer is whole
    if finish in ("abort", "error"):
        raise HalfAnswer("half an answer: it has no end")
    if finish == "content_filter":
        raise CallFailed("the server's content filter held the answer back")
    said, usage = said_in(message), body.get("usage")
    if said.text is None or not said.text.strip():
        raise _none(said, finish)
    return read(said.text, finish, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"), said.thinking)


def read(text: str, finish: str, tokens_in: int | None, tokens_out: int | None, thinking: str | None = None) -> Answer:
    """What a model wrote, as an answer and the thinking before it. Raises CallFailed where it holds no answer.

    `thinking` is what the server itself has told apart.
    """
    reasoning, answer = split_thinking(text)
    if answer is None:
        raise CallFailed(f"its thinking was never closed, so there is no answer; raise max_tokens: {_brief(reasoning)}")
    if not answer.strip():
        closed = "nothing came after its thinking; raise max_tokens"
        raise CallFailed("an empty answer" if reasoning is None else f"{closed}: {_brief(reasoning)}")
    reasoning = thinking if reasoning is None else reasoning
    if not _encodable(answer + (reasoning or "")):
        raise CallFailed("the answer holds half a character (a lone surrogate)")
    return Answer(answer, finish, tokens_in, tokens_out, reasoning)


def _none(said: Said, finish: str) -> Exception:
    """Why a message without a text has none. A model that said something else is not asked the same again."""
    if said.refusal:
        return CallFailed(f"the model refuses: {_brief(said.refusal)}")
    if said.thinking:
        remedy = "raise max_tokens" if finish == CUT else "set the server's reasoning parser right, or raise max_tokens"
        words = f"all came as reasoning_content and nothing as the answer; {remedy}"
        return CallFailed(f"{words}: {_brief(said.thinking)}")
    if said.tool is not None:
        return CallFailed(f"the model calls a tool{said.tool and f' ({said.tool})'} and answers nothing; offer it none")
    if finish == CUT:
        return CallFailed("cut before it said anything; raise max_tokens")
    return HalfAnswer("half an answer: no content") if said.text is None else CallFailed("an empty answer")


def _brief(words: str | None) -> str:
    return repr(" ".join((words or "").split())[:SHOWN])


def _count(usage: Any, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
