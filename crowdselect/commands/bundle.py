"""`python -m crowdselect bundle`: the selection with all that a trainer asks for, as one zip."""

from pathlib import Path
from typing import Annotated

import typer

from crowdselect.commands.opened import BuildOption, opened
from crowdselect.export import EXPORTERS
from crowdselect.export.bundle import BASE_MODEL, bundle
from crowdselect.export.write import replaced
from crowdselect.notes import notes
from crowdselect.recipe import ExportSpec, Recipe
from crowdselect.selection import select
from crowdselect.terminal import say


def bundle_command(
    recipe_file: Annotated[Path, typer.Argument(metavar="RECIPE.yaml")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The file to write.")],
    format: Annotated[str | None, typer.Option(help=f"One of {', '.join(EXPORTERS)}; else the recipe's.")] = None,
    base_model: Annotated[str, typer.Option(metavar="NAME", help="The model that the configs train.")] = BASE_MODEL,
    build_id: BuildOption = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")] = None,
) -> None:
    """Write a trainer bundle: JSONL, configs for LLaMA-Factory, TRL and Axolotl, data card, recipe and manifest."""
    recipe = Recipe.read(recipe_file)
    if format is not None:
        if format not in EXPORTERS:
            raise typer.BadParameter(f"unknown format {format!r}; choose one of {', '.join(EXPORTERS)}")
        recipe = recipe.model_copy(update={"export": ExportSpec(format=format)})
    build, pool = opened(workspace, build_id, recipe)
    selection = select(pool, recipe)
    with replaced(out) as file:
        record = bundle(selection, build, file, base_model)
    note = " (synthetic data)" if record.synthetic else ""
    say(f"{out}: {record.rows:,} rows as {record.format}{note}, {out.stat().st_size:,} bytes, build {build.id}")
    if record.unpaired:
        say(f"{record.unpaired:,} instructions could not be chosen: no pair of responses within the limits.")
    for note in notes(selection):
        say(note, err=True)
