"""Which methods of today would choose otherwise than those that an export was made by: found by trying each."""

from collections.abc import Mapping

from crowdselect.errors import UserError
from crowdselect.export import EXPORTERS
from crowdselect.methods import CURRENT, METHODS, Methods, methods_of
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select

Choice = tuple[bytes, bytes, bytes] | str


def moved_by(pool: Pool, recipe: Recipe, recorded: Mapping[str, int]) -> list[str]:
    """The methods whose change moves this very selection, in words; empty where none does.

    Each is tried alone, the others as recorded; where only several together move it, those are named.
    """
    then = methods_of(recorded)
    changed = [name for name in METHODS if then[name] != CURRENT[name]]
    before = _choice(pool, recipe, then) if changed else ""
    if not changed or _choice(pool, recipe, CURRENT) == before:
        return []
    alone = [name for name in changed if _choice(pool, recipe, {**then, name: CURRENT[name]}) != before]
    return [told(name) for name in alone or changed]


def gone(recipe: Recipe, recorded: Mapping[str, int]) -> list[str]:
    """The methods that an export was made by and that are not here any more, as far as they concern its recipe.

    They cannot be tried; what the methods that are here do not explain, on the same data, is theirs.
    """
    then, said = methods_of(recorded), str(recipe.document())
    return [
        told(name)
        for name, method in METHODS.items()
        if then[name] != recorded.get(name, 1)
        if not method.concerns or any(word in said for word in method.concerns)
    ]


def told(name: str) -> str:
    """A method's version now, and what that does otherwise."""
    method = METHODS[name]
    return f"{name} {method.version} ({method.changed})"


def _choice(pool: Pool, recipe: Recipe, methods: Methods) -> Choice:
    """What is chosen: rows, responses and rejected responses, in order; or why nothing can be."""
    try:
        selection = select(pool, recipe, methods)
    except UserError as error:
        return str(error)
    exported = selection.rejected if EXPORTERS[recipe.export.format].paired else None
    return selection.rows.tobytes(), selection.chosen.tobytes(), b"" if exported is None else exported.tobytes()
