"""One line of JSON, read strictly: what Python's parser lets through and others would choke on is refused."""

import json
import math
import re
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Unfit(float):
    """A number that no score may be (NaN, Infinity, 1e999), which remembers how it was written.

    In a field that nobody reads it does no harm, so it is refused where it is used.
    """

    text: str

    def __new__(cls, text: str) -> "Unfit":
        number = super().__new__(cls, text)
        number.text = text
        return number


def _real(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else Unfit(text)


def _integer(text: str) -> int | float:
    return int(text) if len(text) < 300 else _real(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice[:80]!r} stands twice")
    return fields


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_real, parse_int=_integer, parse_constant=Unfit)


def parse(line: bytes) -> dict[str, Any]:
    """The object that `line` holds; ValueError says why it holds none."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1} of the line)") from None
    try:
        value = DECODER.decode(text)
        return checked(value, text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, character {error.pos + 1} of the line)") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def checked(value: Any, text: str) -> dict[str, Any]:
    """`value`, which was read from `text`, if it is an object whose every text can be written as UTF-8."""
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object but {shown(value)}")
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair, which is no character") from None
    return value


def shown(value: Any) -> str:
    """A value as a reason quotes it: at most 80 characters, and never a whole list or object."""
    match value:
        case None | True | False:
            return json.dumps(value)
        case Unfit():
            return value.text[:80]
        case str():
            return f"the text {value if len(value) <= 80 else value[:79] + '…'!r}"
        case int() | float():
            return str(value) if abs(value) < 1e300 or not math.isfinite(value) else "a huge number"
        case list():
            return "a list"
        case dict():
            return "an object"
    return f"of type {type(value).__name__}"
