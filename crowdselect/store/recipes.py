"""Recipes as files of the workspace: saved, loaded, renamed, deleted. No name leaves the folder."""

import re
import unicodedata

from crowdselect.errors import UserError
from crowdselect.export.write import write_whole
from crowdselect.recipe import Recipe
from crowdselect.store.recipe_history import carry, earlier, forget, keep
from crowdselect.store.workspace import Workspace

LONGEST = 80
# Names that Windows keeps for devices: a workspace may be copied there.
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def safe_name(name: str) -> str:
    """`name` as one plain file name without ending: letters, digits, space, dot, dash, underscore; never empty."""
    plain = unicodedata.normalize("NFKC", name)
    plain = re.sub(r"[^\w .-]+", "-", plain).strip(" .-")[:LONGEST].strip(" .-")
    if not plain:
        return "recipe"
    return f"{plain}-recipe" if plain.split(".")[0].strip().lower() in RESERVED else plain


def saved(workspace: Workspace) -> list[str]:
    """The names of the saved recipes, in order."""
    if not workspace.recipes.is_dir():
        return []
    return sorted(file.stem for file in workspace.recipes.glob("*.yaml") if not file.name.startswith("."))


def save(workspace: Workspace, recipe: Recipe, *, overwrite: bool = False) -> str:
    """Writes the recipe under its own name and returns the name that the file got.

    What was saved under that name before is kept among its earlier versions.
    """
    name = safe_name(recipe.name)
    file, content = workspace.recipes / f"{name}.yaml", recipe.to_yaml().encode("utf-8")
    if file.exists():
        if not overwrite:
            raise UserError(f"A recipe named {name!r} is saved already; choose another name, or overwrite it.")
        if file.read_bytes() == content:
            return name
        keep(workspace, name)
    write_whole(file, [content])
    return name


def restore(workspace: Workspace, name: str, version: str) -> Recipe:
    """Makes an earlier version the saved one; what was saved becomes an earlier version itself."""
    recipe = earlier(workspace, _existing(workspace, name), version)
    keep(workspace, name)
    write_whole(workspace.recipes / f"{name}.yaml", [recipe.to_yaml().encode("utf-8")])
    return recipe


def load(workspace: Workspace, name: str) -> Recipe:
    return Recipe.read(workspace.recipes / f"{_existing(workspace, name)}.yaml")


def rename(workspace: Workspace, name: str, new_name: str) -> str:
    """The recipe under another name, with its history; the old file goes when the new one is whole."""
    recipe = load(workspace, name).model_copy(update={"name": new_name})
    if safe_name(new_name) == name:
        return name
    saved_as = save(workspace, recipe)
    carry(workspace, name, saved_as)
    delete(workspace, name)
    return saved_as


def delete(workspace: Workspace, name: str) -> None:
    """The recipe and its history."""
    (workspace.recipes / f"{_existing(workspace, name)}.yaml").unlink(missing_ok=True)
    forget(workspace, name)


def _existing(workspace: Workspace, name: str) -> str:
    names = saved(workspace)
    if name not in names:
        raise UserError(f"No recipe named {name!r} is saved; there is {', '.join(names) or 'none'}.")
    return name
