"""On which data a recipe or a link was made: the beginning of the data's digest, which says whether they are others."""

from crowdselect.recipe import Recipe
from crowdselect.store.build import Build

LONG = 16  # hexadecimal digits: two builds of different data never have the same


def data_of(build: Build) -> str:
    """The digest of all data in the build, as recipes and links write it; empty where the build has none."""
    return build.digests().get("dataset", "")[:LONG]


def made_on(recipe: Recipe, build: Build) -> Recipe:
    """The recipe, naming the build's data."""
    return recipe.model_copy(update={"data": data_of(build) or None})


def other_data(data: str | None, build: Build, what: str = "recipe") -> str | None:
    """A sentence where `data` names other data than the build's; None where it does not, or names none."""
    here = data_of(build) if data else ""
    if not data or not here or data[:LONG] == here:
        return None
    return f"This {what} was made on other data ({data[:LONG]}, here {here}), so it may choose other rows."
