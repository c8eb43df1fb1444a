"""The command line over a published build: metrics, select, compare, trust, agreement, bundle, replay."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from typer.exceptions import TyperException

from crowdselect.commands.agreement import agreement_command
from crowdselect.commands.bundle import bundle_command
from crowdselect.commands.compare import compare_command
from crowdselect.commands.opened import BuildOption, opened, say_warning
from crowdselect.commands.trust import trust_command
from crowdselect.errors import UserError
from crowdselect.export import EXPORTERS
from crowdselect.export.replay import replay as replay_manifest
from crowdselect.export.write import write_export, write_whole
from crowdselect.metrics.concordance import MIN_GAP, SHRINK
from crowdselect.metrics.stability import Ties
from crowdselect.notes import notes
from crowdselect.recipe import ExportSpec, Missing, Recipe, ResponseSpec
from crowdselect.selection import gather, select
from crowdselect.series import series, whole_numbers
from crowdselect.store import Workspace
from crowdselect.store.shortage import of_memory
from crowdselect.terminal import complain, say

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Choose from a published build."
)
WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file to write.")]


@app.command("metrics")
def metrics_command(
    out: OutOption,
    reward_model: Annotated[str | None, typer.Option(help="Whose scores; needed where there are several.")] = None,
    ties: Annotated[Ties, typer.Option(help="How stability treats equal scores.")] = "average",
    missing: Annotated[Missing, typer.Option(help="Rows scored by every model, or by any.")] = "complete",
    min_scores: Annotated[int, typer.Option(min=1, help="With --missing available: rows with fewer are left out.")] = 1,
    min_gap: Annotated[
        float, typer.Option(min=0, help="Concordance: a smaller gap counts for neither model.")
    ] = MIN_GAP,
    shrink: Annotated[float, typer.Option(min=0, help="Concordance: added to the number of pairs.")] = SHRINK,
    build_id: BuildOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write uuid and every metric, a row an instruction, as Parquet."""
    build, pool = opened(workspace, build_id)
    asked = {"reward_model": reward_model, "missing": missing, "min_scores": min_scores, "ties": ties}
    spec = Recipe.parse({"pool": {**asked, "concordance": {"min_gap": min_gap, "shrink": shrink}}}).pool
    candidates = gather(pool, spec, ResponseSpec(), seed=0)
    if not len(candidates):
        whose = "every model" if missing == "complete" else "any model"
        remedy = "`--missing available` takes those with any" if missing == "complete" else "ingest scores first"
        raise UserError(f"None of the {len(pool):,} instructions has a score from {whose}; {remedy}.")
    columns: dict[str, pa.Array] = {"uuid": pa.array(candidates.pool.uuids[candidates.rows], pa.string())}
    for name in candidates.all_metric_names:
        columns[name] = pa.array(candidates.metric(name), from_pandas=True)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    write_whole(out, [sink.getvalue().to_pybytes()])
    say(f"{out}: {len(candidates):,} rows, {len(columns) - 1} metrics, build {build.id}")


@app.command("select")
def select_command(
    recipe_file: Annotated[Path, typer.Argument(metavar="RECIPE.yaml")],
    out: OutOption,
    format: Annotated[str | None, typer.Option(help=f"One of {', '.join(EXPORTERS)}; else the recipe's.")] = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="A file for each size (FILE-N.jsonl). The largest is the recipe's own selection; each smaller one is"
            " chosen out of the next larger by the same strategy and quotas, so that they are nested.",
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="A file for each seed (FILE-seedN.jsonl).")
    ] = None,
    build_id: BuildOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the recipe's selection as JSONL, and its manifest beside it; with --sizes or --seeds a series of them."""
    recipe = Recipe.read(recipe_file)
    if format is not None:
        if format not in EXPORTERS:
            raise typer.BadParameter(f"unknown format {format!r}; choose one of {', '.join(EXPORTERS)}")
        recipe = recipe.model_copy(update={"export": ExportSpec(format=format)})
    recipes = series(recipe, _numbers("--sizes", sizes, 1), _numbers("--seeds", seeds, 0))
    build, pool = opened(workspace, build_id, recipe)
    selections = {name: select(pool, each) for name, each in recipes.items()}  # before anything is written
    for name, selection in selections.items():
        file = out.with_name(out.stem + name + out.suffix) if name else out
        record = write_export(selection, build, file)
        note = " (synthetic data)" if record.synthetic else ""
        say(f"{file}: {record.rows:,} rows as {record.format}{note}, sha256 {record.sha256}, build {build.id}")
        if record.unpaired:
            say(f"{record.unpaired:,} instructions could not be chosen: no pair of responses within the limits.")
    for note in dict.fromkeys(note for selection in selections.values() for note in notes(selection)):
        say(note, err=True)


def _numbers(option: str, text: str | None, least: int) -> list[int]:
    """The whole numbers of a list such as 100,200,500."""
    try:
        return whole_numbers(option, text, least) if text is not None else []
    except UserError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("replay")
def replay_command(
    manifest_file: Annotated[Path, typer.Argument(metavar="FILE.manifest.json")],
    build: Annotated[str | None, typer.Option(metavar="ID", help="On this build; else on the current one.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make an export again from its manifest: exit 0 where it is byte-identical, else 1 and what differs."""
    result = replay_manifest(manifest_file, Workspace.of(workspace), build)
    say_warning(result.warning)
    if result.differences:
        raise UserError(f"{result.manifest.file} is not the same: {'; '.join(result.differences)}.")
    say(f"{result.manifest.file}: {result.manifest.rows:,} rows, byte-identical on build {result.build}")
    if result.moved_by:
        say(f"Today it would be chosen otherwise, by {' and '.join(result.moved_by)}.")


app.command("compare")(compare_command)
app.command("trust")(trust_command)
app.command("agreement")(agreement_command)
app.command("bundle")(bundle_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line: 0, 2 for a usage error, 1 for any other failure; each failure is one line."""
    try:
        return int(app(args=arguments, standalone_mode=False) or 0)
    except TyperException as error:
        return _failed(error.format_message(), error.exit_code)
    except UserError as error:
        return _failed(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("Stopped.", 1)
    except Exception as error:  # whatever it is, its traceback helps nobody at a prompt
        if shortage := of_memory(error):
            return _failed(shortage, 1)
        return _failed(f"Unexpected {type(error).__name__}: {str(error)[:300]}; please report it.", 1)


def _failed(message: str, code: int) -> int:
    complain(message)
    return code
