"""The fields that formats share, and when a record is refused for one of them."""

import math
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from crowdselect.importers.strict_json import shown

ID_FIELDS = ("uuid", "instruction_id", "id")
NAME_LIMIT = 1000  # characters of an id, a model's or a reward model's name


class Refused(ValueError):  # noqa: N818  a verdict on a record, not a failure
    """Why a record cannot be kept."""


def instruction_of(fields: dict[str, Any], field: str = "instruction") -> str:
    """The instruction: a text with at least one word."""
    value = fields.get(field)
    if not isinstance(value, str):
        raise Refused(f"{field} is {shown(value)}, not a text" if field in fields else f"no {field}")
    if not value.strip():
        raise Refused(f"{field} is blank")
    return value


def uuid_of(fields: dict[str, Any], instruction: str) -> tuple[str, str | None]:
    """The instruction's id and the field it stands in; without one, the id follows from the text (uuid5)."""
    for field in ID_FIELDS:
        value = fields.get(field)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value), field
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        return name_of(value, field), field
    return derived_uuid(instruction), None


def derived_uuid(instruction: str) -> str:
    """The id of an instruction that came without one: the same text has the same id, whatever its file."""
    return str(uuid5(NAMESPACE_URL, instruction))


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
    if isinstance(value, bool) or not isinstance(value, int | float):
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


def rest_of(fields: dict[str, Any], known: set[str]) -> dict[str, Any] | None:
    """The fields that no column takes, without nulls; None where there are none."""
    known = known | {"source"} if isinstance(fields.get("source"), str) else known
    return {name: value for name, value in fields.items() if name not in known and value is not None} or None
