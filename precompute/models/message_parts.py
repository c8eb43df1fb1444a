"""What the message of a chat completion holds: its text, its thinking, a refusal, the tool that it calls."""

from typing import Any, NamedTuple

# The type of a part of a message -> what its words are.
KINDS = {
    "text": "text",
    "output_text": "text",
    "thinking": "thinking",
    "reasoning": "thinking",
    "refusal": "refusal",
}


class Said(NamedTuple):
    """A message; None for what it does not hold. `tool` is the name of a tool, empty where that has none."""

    text: str | None
    thinking: str | None
    refusal: str | None
    tool: str | None


def said_in(message: dict[str, Any]) -> Said:
    """The parts of `message`. Its content is a text or a list of parts, which are read one after the other."""
    content = message.get("content")
    said: dict[str, str] = {}
    for part in content if isinstance(content, list) else [content]:
        kind, words = _part(part)
        if words is not None:
            said[kind] = said.get(kind, "") + words
    thinking = _words(message.get("reasoning_content")) or _words(message.get("reasoning"))
    refusal = _words(message.get("refusal"))
    return Said(said.get("text"), thinking or said.get("thinking"), refusal or said.get("refusal"), _tool(message))


def _part(part: Any) -> tuple[str, str | None]:
    """What a part is, and its words."""
    if not isinstance(part, dict):
        return "text", _words(part)
    kind = str(part.get("type", "text"))
    return KINDS.get(kind, "other"), _words(part.get("text", part.get(kind)))


def _words(value: Any) -> str | None:
    if isinstance(value, list):
        words = [_part(part)[1] for part in value]
        return "".join(word for word in words if word) or None
    return value if isinstance(value, str) else None


def _tool(message: dict[str, Any]) -> str | None:
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and calls else message.get("function_call")
    if not isinstance(call, dict):
        return None
    name = call.get("function", call)
    name = name.get("name") if isinstance(name, dict) else None
    return name[:80] if isinstance(name, str) else ""
