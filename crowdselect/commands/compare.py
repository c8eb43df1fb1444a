"""`python -m crowdselect compare`: selections side by side, on the terminal or as files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from crowdselect.baselines import BASELINES
from crowdselect.commands.opened import BuildOption, opened
from crowdselect.compare.entries import Line, clustering_of, free_name, line_up
from crowdselect.compare.layouts import to_csv, to_json, to_latex, to_lines
from crowdselect.compare.measures import redundancy_columns, robustness_columns, said_of
from crowdselect.compare.report import document, write_report
from crowdselect.compare.table import Row, selections_table
from crowdselect.constraints.notes import limits
from crowdselect.errors import UserError
from crowdselect.export.write import write_whole
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.terminal import say

LAYOUTS = (".csv", ".tex", ".json")
FEW = ("selection", "rows", "shared", "jaccard", "difficulty", "separability", "stability", "reward",
       "clusters", "redundancy", "robustness", "core")  # fmt: skip


def compare_command(
    recipe_files: Annotated[
        list[Path], typer.Argument(metavar="RECIPE.yaml...", help="The first is what the others are compared with.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="The table as FILE.csv, .tex (LaTeX, booktabs) or .json.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="A folder for every table: overlap, sets, effects, moved rows, …")
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option("--baselines", metavar="all|NAME,NAME,...", help=f"Add these: {', '.join(BASELINES)}."),
    ] = None,
    clusters: Annotated[
        str | None, typer.Option("--clusters", help="The clustering of baselines that go by clusters, and of shares.")
    ] = None,
    projection: Annotated[
        str | None, typer.Option("--projection", help="The map of the coverage; else the first there is.")
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Add how far each depends on the crowd: bounds of the expected Jaccard."),
    ] = False,
    build_id: BuildOption = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")] = None,
) -> None:
    """Compare selections: overlap, means, coverage, redundancy; with --report also what moved, and why."""
    if out is not None and out.suffix.lower() not in LAYOUTS:
        raise typer.BadParameter(f"--out takes a name that ends in {', '.join(LAYOUTS)}; not {out.name!r:.80}")
    names = _baselines(baselines)
    if len(recipe_files) + len(names) < 2:
        raise typer.BadParameter("there is one selection to compare; give another recipe, or --baselines all")
    recipes: dict[str, Recipe] = {}
    for file in recipe_files:
        recipe = Recipe.read(file)
        recipes[free_name(file.stem if recipe.name == "selection" else recipe.name, recipes)] = recipe
    build, pool = opened(workspace, build_id, *recipes.values())
    line = line_up(pool, recipes, names, clusters, _progress("baselines chosen"))
    clustering = clustering_of(pool, next(iter(recipes.values())), clusters)
    table, notes = _table(line, pool, clustering, projection, robustness)
    if out is None and report is None:
        _print(table)
    if out is not None:
        content = {
            ".csv": lambda: to_csv(table),
            ".tex": lambda: to_latex(table, "Selections side by side.", "tab:selections"),
            ".json": lambda: to_json(document(line, table, build.id)),
        }[out.suffix.lower()]()
        write_whole(out, [content])
        say(f"{out}: {len(table)} selections, build {build.id}")
    if report is not None:
        files = write_report(report, line, table, clustering, build.id)
        say(f"{report}: {len(files)} files about {len(table)} selections, build {build.id}")
    for note in notes:
        say(_one_line(note), err=True)


def _table(
    line: Line, pool: Pool, clustering: str | None, projection: str | None, robust: bool
) -> tuple[list[Row], list[str]]:
    """The table with its dear columns, and what is to be said about what is missing."""
    notes = [f"{name} is left out: {why}" for name, why in line.left_out.items()]
    notes += [f"{name} has {why}" for name, why in line.shorter.items()]
    notes += [f"{entry.name}: {said}" for entry in line.sides.entries for said in limits(entry.selection)]
    selections = [entry.selection for entry in line.sides.entries]
    extra, why = redundancy_columns(selections)
    notes += [why] if why else []
    if robust:
        columns, said = robustness_columns(selections, line.sides.names, progress=_progress("resampled"))
        extra |= columns
        notes += said_of(said)
    if clustering is None:
        notes.append(
            "Clusters are not looked at: "
            + (f"name one with --clusters: {', '.join(pool.clusterings)}." if pool.clusterings else "there are none.")
        )
    shown = projection or next(iter(pool.projections), None)
    return selections_table(line.sides, clustering, shown, extra), notes


def _print(table: list[Row]) -> None:
    for text in to_lines([{name: row[name] for name in FEW if name in row} for row in table]):
        say(text)
    say("All columns: --out FILE.csv; what moved and why: --report FOLDER.")


def _baselines(asked: str | None) -> list[str]:
    """The names asked for, checked."""
    if asked is None:
        return []
    if asked.strip() == "all":
        return list(BASELINES)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        if name not in BASELINES:
            raise UserError(f"Unknown baseline {name!r:.80}; choose all, or from {', '.join(BASELINES)}.")
    return list(dict.fromkeys(names))


def _progress(what: str) -> Callable[[int, int], None] | None:
    """Counts on standard error where somebody watches it."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\r\033[K" if done == total - 1 else ""
        print(f"\r{done:,} of {total:,} {what}", end=end, file=sys.stderr, flush=True)

    return show


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
