"""Whole numbers in what people hand in: none is larger than a column of a table can hold."""

import re

LARGEST = 2**63 - 1
WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """The number that `text` writes in plain digits; None where it is none, or a longer one than any of ours."""
    return int(text) if WHOLE.fullmatch(text) else None


def refuse_huge(document: object) -> None:
    """ValueError where `document`, plain values read from YAML or JSON, holds a whole number beyond 64 bits.

    Python reads them of any length, and fails where one is later written out or meets an array.
    """
    waiting, seen = [document], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError(f"a whole number of {value.bit_length():,} bits is too large; at most 63 are read")
        if isinstance(value, dict | list) and id(value) not in seen:  # YAML may name one part many times
            seen.add(id(value))
            waiting += [*value.keys(), *value.values()] if isinstance(value, dict) else value
