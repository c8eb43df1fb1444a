"""The fields that formats share, and when a record is refused for one of them."""

import json
import math
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from crowdselect.importers.strict_json import shown

ID_FIELDS = ("uuid", "instruction_id", "id")
PROMPT_FIELDS = (
    "system",
    "system_prompt",
    "input",
    "context",
    "history",
    "tools",
    "functions",
)  # beside an instruction
CHAT_FIELDS = ("messages", "conversations", "conversation")
NAME_LIMIT = 1000  # characters of an id, a model's or a reward model's name


FROM_CHAT = (
    'write a line a response of it: {"instruction": the user\'s turn, "model": who answered, "response": its turn}'
)
FROM_OTHERS = 'write a line a response: {"instruction": the prompt, "model": who answered, "response": the answer}'


class Refused(ValueError):  # noqa: N818  a verdict on a record, not a failure
    """Why a record cannot be kept."""


def instruction_of(fields: dict[str, Any], field: str = "instruction") -> str:
    """The instruction: a text with at least one word."""
    value = fields.get(field)
    if value is None and (chat := next((name for name in CHAT_FIELDS if name in fields), None)):
        raise Refused(f"a conversation ({chat}) and no {field}; {FROM_CHAT}")
    if not isinstance(value, str):
        raise Refused(f"{field} is {shown(value)}, not a text" if field in fields else f"no {field}")
    if not value.strip():
        raise Refused(f"{field} is blank")
    return value


def uuid_of(fields: dict[str, Any], instruction: str) -> tuple[str, str | None]:
    """The instruction's id and the field it stands in; without one, the id follows from the prompt."""
    for field in ID_FIELDS:
        value = id_text(fields.get(field), field)
        if value is not None:
            return value, field
    return derived_uuid(instruction, fields), None


def id_text(value: Any, field: str) -> str | None:
    """An id as a text: whole numbers too, as columns with missing ids hold them (7.0); None where there is none."""
    if isinstance(value, UUID) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    if isinstance(value, float | Decimal):
        if math.isnan(value):
            return None
        if math.isfinite(value) and value == int(value):
            return str(int(value))
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return name_of(value, field)


def derived_uuid(instruction: str, fields: dict[str, Any] | None = None) -> str:
    """The id of an instruction that came without one: the same prompt has the same id, whatever its file.

    It is uuid5 of the text; where `fields` hold other parts of the prompt (PROMPT_FIELDS), of a JSON object of them
    all, for the same task with another input is another instruction.
    """
    parts = {name: fields[name] for name in PROMPT_FIELDS if fields.get(name)} if fields else {}
    if not parts:
        return str(uuid5(NAMESPACE_URL, instruction))
    whole = {"instruction": instruction, **parts}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return str(uuid5(NAMESPACE_URL, text))


def name_of(value: Any, what: str) -> str:
    """A name or an id: a text that is not blank and not endless."""
    if not isinstance(value, str):
        raise Refused(f"{what} is {shown(value)}, not a text")
    if not value.strip():
        raise Refused(f"{what} is blank")
    if len(value) > NAME_LIMIT:
        raise Refused(f"{what} has {len(value)} characters; at most {NAME_LIMIT} are taken")
    return value


def text_of(value: Any, what: str) -> str:
    """A response; the empty one is a response too."""
    if not isinstance(value, str):
        raise Refused(f"{what} is {shown(value)}, not a text")
    return value


def score_of(value: Any, reward_model: str) -> float | None:
    """A score: a finite number, or None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Refused(f"score {reward_model[:80]} is {shown(value)}, not a number")
    try:
        score = float(value)
    except OverflowError:
        score = math.inf
    if not math.isfinite(score):
        raise Refused(f"score {reward_model[:80]} is {shown(value)}, not a finite number")
    return score


def source_of(fields: dict[str, Any]) -> str | None:
    """The instruction's source, where it is a text."""
    value = fields.get("source")
    return value if isinstance(value, str) and value else None


def rest_of_row(fields: dict[str, Any], known: set[str]) -> dict[str, Any] | None:
    """The fields of an instruction's row that no column takes: `source` is one, where it is a text."""
    return rest_of(fields, known | {"source"} if isinstance(fields.get("source"), str) else known)


def rest_of(fields: dict[str, Any], known: set[str]) -> dict[str, Any] | None:
    """The fields that are not `known`, without nulls and NaN; None where there are none."""
    return {name: value for name, value in fields.items() if name not in known and not is_missing(value)} or None


def is_missing(value: Any) -> bool:
    """Null, or NaN, which is what tables call a missing value."""
    return value is None or (isinstance(value, float) and math.isnan(value))
