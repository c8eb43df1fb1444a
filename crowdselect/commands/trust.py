"""`python -m crowdselect trust`: how far a selection depends on the crowd."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crowdselect.commands.opened import BuildOption, opened
from crowdselect.compare.layouts import to_csv
from crowdselect.core_spec import CoreSpec
from crowdselect.errors import UserError
from crowdselect.export.write import write_export, write_whole
from crowdselect.recipe import MAX_SEED, Recipe
from crowdselect.selection import Selection, select
from crowdselect.terminal import say
from crowdselect.trust.core import core_of, measured
from crowdselect.trust.draws import SOURCES, checked
from crowdselect.trust.movers import Mover, leave_one_out
from crowdselect.trust.robustness import Robustness
from crowdselect.trust.sentences import in_words

SHOWN = 3  # movers of a kind that the terminal names


def trust_command(
    recipe_file: Annotated[Path, typer.Argument(metavar="RECIPE.yaml")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="uuid, inclusion, selected, core: a row each.")
    ] = None,
    over: Annotated[
        str, typer.Option(help=f"What is drawn anew, all at once in each resample: {', '.join(SOURCES)}.")
    ] = "models",
    resamples: Annotated[int, typer.Option(min=1, max=10_000, help="How many times.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Of the draws.")] = 42,
    jitter: Annotated[float, typer.Option(min=0, max=1, help="How far a weight is moved, as a share of it.")] = 0.1,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="Of the resamples, that a core row is in.")] = 0.9,
    core: Annotated[
        Path | None, typer.Option("--core", metavar="FILE.jsonl", help="Export the core, with a manifest that replays.")
    ] = None,
    movers: Annotated[
        Path | None, typer.Option("--movers", metavar="FILE.csv", help="Leave-one-out: every model, family, … ranked.")
    ] = None,
    build_id: BuildOption = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")] = None,
) -> None:
    """Say how far a selection depends on the crowd: bounds of the expected Jaccard, inclusion, core, what moves it."""
    try:
        sources = checked([part.strip() for part in over.split(",") if part.strip()])
    except UserError as error:
        raise typer.BadParameter(str(error)) from None
    recipe = Recipe.read(recipe_file).model_copy(update={"core": None})
    build, pool = opened(workspace, build_id, recipe)
    selection = select(pool, recipe)
    spec = CoreSpec.model_validate(
        {"over": sources, "resamples": resamples, "seed": seed, "jitter": jitter, "share": share}
    )
    found = measured(selection, spec, _progress("resamples"))
    ranked = leave_one_out(selection, tuple(SOURCES), _progress("left out"))
    for line in [*in_words(selection, found, share), *_most_moving(ranked)]:
        say(line)
    if out is not None:
        write_whole(out, [inclusion_csv(selection, found)])
        say(f"{out}: {len(found.inclusion):,} rows, build {build.id}")
    if movers is not None:
        write_whole(movers, [movers_csv(ranked)])
        say(f"{movers}: {len(ranked)} left out one at a time, build {build.id}")
    if core is not None:
        record = write_export(core_of(selection, spec, found), build, core)
        note = " (synthetic data)" if record.synthetic else ""
        say(f"{core}: {record.rows:,} rows as {record.format}{note}, sha256 {record.sha256}, build {build.id}")


def inclusion_csv(selection: Selection, found: Robustness) -> bytes:
    """uuid, inclusion (share of the resamples), selected and core (1 or 0), for every instruction of the pool."""
    selected, core = set(selection.rows.tolist()), set(found.core.tolist())
    return to_csv(
        [
            {"uuid": str(uuid), "inclusion": float(share), "selected": int(row in selected), "core": int(row in core)}
            for row, (uuid, share) in enumerate(zip(selection.candidates.pool.uuids, found.inclusion, strict=True))
        ]
    )


def movers_csv(ranked: list[Mover]) -> bytes:
    """source, name, distance (1 - Jaccard), rows that go and come, the strongest first."""
    return to_csv(
        [
            {"left_out": mover.source, "name": mover.name, "distance": mover.distance,
             "gone": len(mover.gone), "came": len(mover.came)}
            for mover in ranked
        ]
    )  # fmt: skip


def _most_moving(ranked: list[Mover]) -> list[str]:
    if not ranked:
        return ["Nothing can be left out: there is one model, one family and one reward model."]
    lines = ["Left out one at a time, what moves it most (1 - Jaccard):"]
    for source in SOURCES:
        most = [mover for mover in ranked if mover.source == source][:SHOWN]
        if most:
            lines.append(f"  {source}: " + ", ".join(_moved(mover) for mover in most))
    return lines


def _moved(mover: Mover) -> str:
    return f"{mover.name} {mover.distance:.3f}" + (" (nothing can be selected)" if mover.nothing else "")


def _progress(what: str):  # type: ignore[no-untyped-def]
    """Counts on standard error where somebody watches it."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        print(f"\r{done:,} of {total:,} {what}", end=end, file=sys.stderr, flush=True)

    return show
