"""What every reading command begins with: a build and its pool, and a line where they are not the newest."""

from pathlib import Path
from typing import Annotated

import typer

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.store import Build, Workspace, open_pool
from crowdselect.store.made_on import other_data
from crowdselect.terminal import complain

BuildOption = Annotated[
    str | None, typer.Option("--build", metavar="ID", help="Of this build; else of the newest that can be read.")
]


def opened(workspace: Path | None, build_id: str | None = None, *recipes: Recipe) -> tuple[Build, Pool]:
    """The named build, else the newest that can be read; standard error says why where that is an older one, and where
    the recipes were made on other data."""
    build, pool = open_pool(Workspace.of(workspace), build_id)
    say_warning(build.warning)
    for recipe in recipes:
        say_warning(other_data(recipe.data, build))
    return build, pool


def say_warning(warning: str | None) -> None:
    """A line on standard error, where there is something to say."""
    if warning:
        complain(warning)
