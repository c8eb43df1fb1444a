"""The error that a server reports, wherever it puts it: beside a status, or inside an answer that claims success."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# What a server says that is busy and gives no status.
_BUSY = re.compile(
    r"overload|over capacity|rate.?limit|too many requests|unavailable|timed? ?out|server.?error|internal.?error",
    re.IGNORECASE,
)
# Keys of an object that is an error by itself, and those of them that hold its words.
WORDS = {"message", "detail"}
SAYING = WORDS | {"object", "type", "code", "status", "status_code", "param", "request_id"}


class SaidError(NamedTuple):
    """A server's error: its status where it names one, its own message, and whether the message says it will pass."""

    status: int | None
    message: str
    busy: bool

    def __str__(self) -> str:
        return self.message if self.status is None else f"status {self.status}: {self.message}"


def error_in(body: Any) -> SaidError | None:
    """The error in a decoded answer: `error`, of the whole or of its first choice.

    Or the answer itself where it is nothing else: vLLM's {"object": "error", "message": …}, FastAPI's {"detail": …}.
    """
    if not isinstance(body, Mapping):
        return None
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    found = body.get("error") or (first.get("error") if isinstance(first, Mapping) else None)
    if not found and (body.get("object") == "error" or (body.keys() <= SAYING and WORDS & body.keys())):
        found = body
    return said_error(found) if found else None


def said_error(found: Any) -> SaidError:
    """What the error itself says, an object or a text."""
    message, named = message_of(found), []
    if isinstance(found, Mapping):
        named = [str(found[key]) for key in ("code", "status", "status_code", "type") if found.get(key)]
    status = next((int(value) for value in named if re.fullmatch(r"[45]\d\d", value)), None)
    return SaidError(status, message, bool(_BUSY.search(" ".join([*named, message]))))


def message_of(error: Any) -> str:
    """The server's own words: of JSON or of text, which may wrap those of a server behind it."""
    if isinstance(error, str):
        decoded = _decoded(error)
        return message_of(decoded) if isinstance(decoded, Mapping) else " ".join(error.split())
    if not isinstance(error, Mapping):
        return json.dumps(error)
    found = next((error[key] for key in ("message", "error", "detail", "code") if error.get(key)), None)
    if found is None:
        return json.dumps(error)
    words = message_of(found)
    metadata = error.get("metadata")
    behind = metadata.get("raw") if isinstance(metadata, Mapping) else None  # OpenRouter's word for it
    return f"{words}: {message_of(behind)}" if behind else words


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
