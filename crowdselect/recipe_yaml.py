"""A recipe's YAML, and what stands in it without quotes that YAML reads as something else than the text it looks like.

YAML 1.1 takes no, off and ~ for false and nothing, 0123 and 12:30:45 for other whole numbers, 2024-01-01 for a day.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from crowdselect.errors import UserError

Place = tuple[str | int, ...]  # the keys and list places that lead to a value
INTEGER = "tag:yaml.org,2002:int"
READ = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "timestamp")}
# values that are texts and may be whole numbers, as long as these are written as they are read; None: any place
TEXTS_OR_NUMBERS: tuple[tuple[str | None, ...], ...] = (
    ("pool", "where", None, "in", None),
    ("pool", "where", None, "not_in", None),
    ("constraints", "shares", None, "value"),
)


def load(text: str) -> tuple[Any, dict[Place, str]]:
    """The document, and how each value was written that stands without quotes and is read as no text.

    UserError for a key that is no text, and where a text may be a whole number but is read as another one. Raises
    yaml.YAMLError for what is no YAML.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        written = dict(_written(node))
        return (None if node is None else loader.construct_document(node)), written
    finally:
        loader.dispose()


def _written(node: yaml.Node | None) -> Iterator[tuple[Place, str]]:
    for place, value, as_written in _no_texts(node, (), set()):
        if any(_fits(place, texts) for texts in TEXTS_OR_NUMBERS) and str(value) != as_written:
            raise UserError(f"Recipe: {no_text(place, value, as_written)}")
        yield place, as_written


def no_text(place: Place, value: object, as_written: str | None = None) -> str:
    """Where, what was read, and how to write it: `where.0.in.0: false is no text; write it in quotes: "no"`."""
    read = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    where = ".".join(str(step) for step in place)
    quoted = f': "{as_written}"' if as_written is not None else ""
    return f"{where}: {read} is no text; write it in quotes{quoted}."


def _no_texts(node: yaml.Node | None, place: Place, seen: set[int]) -> Iterator[tuple[Place, Any, str]]:
    """Place, value and spelling of each value that is read as no text; what an alias repeats is looked at once."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if _is_other(node):
            yield place, _value(node, place), node.value
    elif isinstance(node, yaml.SequenceNode):
        for nth, each in enumerate(node.value):
            yield from _no_texts(each, (*place, nth), seen)
    elif isinstance(node, yaml.MappingNode):
        for key, each in node.value:
            here = (*place, str(key.value))
            if _is_other(key) and key.value != "<<":
                raise UserError(f"Recipe: {no_text(here, _value(key, here), key.value)}")
            yield from _no_texts(each, here, seen)


def _is_other(node: yaml.Node) -> bool:
    """Whether it stands without quotes, and YAML reads something else than a text."""
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.tag in READ


def _value(node: yaml.ScalarNode, place: Place) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node)
    except ValueError:  # such as the 45th of a month
        if node.tag == INTEGER:
            where, digits = ".".join(str(step) for step in place), len(node.value)
            raise UserError(f"Recipe: {where}: a whole number of {digits:,} digits is too large.") from None
        raise UserError(f"Recipe: {no_text(place, node.value, node.value)}") from None


def _fits(place: Place, pattern: tuple[str | None, ...]) -> bool:
    return len(place) == len(pattern) and all(
        wanted in (None, step) for step, wanted in zip(place, pattern, strict=True)
    )


def of_texts(values: Mapping[Place, str], place: Place) -> str | None:
    """How the value at a place was written; the last steps of a place may be a validator's own."""
    return next((values[place[:end]] for end in range(len(place), 0, -1) if place[:end] in values), None)
