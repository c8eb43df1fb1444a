"""Completions as servers in the wild shape them, by the name of the model that is asked: what tests ask for by name."""

from typing import Any

THOUGHT = "Maybe Rome, or not"
MESSAGES: dict[str, dict[str, Any]] = {
    "thinks": {"content": f"<think>\n{THOUGHT}\n</think>\n\nParis."},
    "thinks without its opening tag": {"content": f"{THOUGHT}\n</THINK>\n\nParis."},
    "thinks and is cut": {"content": f"<think>\n{THOUGHT}", "finish_reason": "length"},
    "thinks and says nothing": {"content": f"<thinking>{THOUGHT}</thinking>\n "},
    "thinks apart": {"content": "Paris.", "reasoning_content": THOUGHT},
    "thinks in parts": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
                                    {"type": "text", "text": "Par"}, {"type": "text", "text": "is."}]},
    "reasoning only": {"content": None, "reasoning_content": THOUGHT},
    "reasoning only, cut": {"content": "", "reasoning": THOUGHT, "finish_reason": "length"},
    "refuses": {"content": None, "refusal": "I can't help with that."},
    "refuses in parts": {"content": [{"type": "refusal", "refusal": "I can't help with that."}]},
    "calls a tool": {"content": None, "tool_calls": [{"id": "1", "function": {"name": "find", "arguments": "{}"}}],
                     "finish_reason": "tool_calls"},
    "no finish": {"content": "Paris.", "finish_reason": None},
    "no index": {"content": "Paris.", "index": None},
    "judge thinks": {"content": "<think>\nScore: 2 would be harsh; it is right.\n</think>\n5"},
    "tagger thinks": {"content": '<think>\nCould be ["cooking"]? No.\n</think>\n["mathematics", "counting"]'},
}  # fmt: skip
OVERLOADED = "Provider returned error: model overloaded"
BODIES: dict[str, dict[str, Any]] = {
    "error 502 in 200": {"error": {"message": OVERLOADED, "code": 502}},
    "overload in 200": {"error": OVERLOADED},
    "error 400 in 200": {"error": {"message": "context too long", "code": "context_length_exceeded"}, "choices": []},
    "detail in 200": {"detail": "Service Unavailable"},
    "error in a choice": {"choices": [{"error": {"message": "bad prompt", "code": 400}, "finish_reason": "error"}]},
}


def shaped(model: str) -> dict[str, Any] | None:
    """The body that the model of that name always gives; None for a model of another name."""
    if model in BODIES:
        return BODIES[model]
    if model not in MESSAGES:
        return None
    message = {"role": "assistant", **MESSAGES[model]}
    choice = {"index": message.pop("index", 0), "finish_reason": message.pop("finish_reason", "stop")}
    return {"choices": [choice | {"message": message}], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}
