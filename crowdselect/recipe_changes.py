"""What two recipes say differently, in words: `size 500 → 1,000`, `weight stability 1.5 → 2`."""

from collections.abc import Iterator
from typing import Any

from crowdselect.recipe import Recipe

LONGEST = 80  # characters of a value
NOTHING = "none"
# What a path is called; else its last step, after the step before it where that is not a part of every recipe.
TITLES = {"select.clusters.name": "clusters", "select.clusters.quota": "quota", "export.format": "format",
          "pool.reward_model": "reward model", "pool.where": "filters", "response.choose": "response",
          "response.name": "response of", "response.k": "response k"}  # fmt: skip
PARTS = ("pool", "select", "response", "export")


def changes(old: Recipe, new: Recipe) -> list[str]:
    """Every difference but name and data, in the order of a recipe; empty where both select and write the same."""
    before, now = (dict(_flat(recipe.document())) for recipe in (old, new))
    paths = dict.fromkeys([*before, *now])
    return [
        f"{_title(path)} {_said(before.get(path))} → {_said(now.get(path))}"
        for path in paths
        if path not in ("name", "data") and before.get(path) != now.get(path)
    ]


def _flat(document: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict) and value:
            yield from _flat(value, here)
        else:
            yield here, value


def _title(path: str) -> str:
    if path in TITLES:
        return TITLES[path]
    if path.startswith("select.weights."):
        return f"weight {path.removeprefix('select.weights.')}"
    first, _, rest = path.partition(".")
    return (rest if first in PARTS and rest else path).replace(".", " ").replace("_", " ")


def _said(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        text = "; ".join(_said(one) for one in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{key} {_said(one)}" for key, one in value.items())
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
