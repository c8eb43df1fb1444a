"""The command line that fills a workspace: demo, ingest, attach, run, status."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from crowdselect.errors import UserError
from crowdselect.store.workspace import Workspace
from precompute import attach_cli, batch_cli
from precompute.command import Command, NoPublishOption, WorkspaceOption, run_main, writing
from precompute.engines import Engine
from precompute.progress import plain, say

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Fill a workspace and publish it."
)
app.add_typer(attach_cli.app, name="attach")
app.add_typer(batch_cli.app, name="batch")

ModelsOption = Annotated[
    Path | None, typer.Option("--models", metavar="FILE", help="models.yaml, for the jobs that use models.")
]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="JOB.KEY=VALUE", help="A job's parameter.")]


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, or hf:OWNER/NAME.")],
    format: Annotated[str, typer.Option(help="auto, or the format's name.")] = "auto",
    families: Annotated[Path | None, typer.Option(help="A CSV file: model,family,params_b.")] = None,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in instructions, responses and scores. A file that was taken in before is skipped."""
    from precompute.ingest import ingest as ingest_files

    with writing(workspace, "ingest", no_publish) as command:
        total = ingest_files(command.db, command.workspace, paths, format, families, command.report)
        if total.nothing_kept:
            why = f"({total.reason}); see {total.rejects}"
            command.report.failures.append(f"All {total.read:,} records were rejected {why}.")


@app.command()
def run(
    jobs: Annotated[list[str] | None, typer.Argument(metavar="[JOB ...]", help="Else: all default jobs.")] = None,
    settings: SetOption = None,
    engine: Annotated[str, typer.Option(help="Where the batches run: local, ray.")] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(envvar="RAY_ADDRESS", metavar="HOST:PORT", help="Of a Ray cluster; else on this machine."),
    ] = None,
    models: ModelsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print calls, tokens and cost; call nobody.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: the same as JSON.")] = False,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make what is missing, stale or unfinished. A run that was stopped goes on where it was."""
    from precompute.engines import engine as engine_named
    from precompute.parameters import WrongParameterError, jobs_named, parameters, with_models

    runs_on = engine_named(engine, ray_address)
    try:
        names, params = jobs_named(jobs or []), parameters(settings or [])
    except WrongParameterError as error:
        raise typer.BadParameter(str(error)) from None
    chosen = with_models(names, params, models)
    if dry_run:
        return _estimate(chosen, workspace, as_json)
    with writing(workspace, "run", no_publish) as command:
        run_named(command, names, params, engine, chosen, runs_on)


def _estimate(chosen: list[tuple[Any, Any]], workspace: Path | None, as_json: bool) -> None:
    from precompute.estimate import estimate, show

    with writing(workspace, "run --dry-run", no_publish=True) as command:
        found = estimate(command.db, chosen)
    if as_json:
        typer.echo(orjson.dumps(found.to_dict()))
    else:
        show(found)


@app.command()
def models(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="models.yaml")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep it here, its paths made absolute.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
) -> None:
    """Check a models.yaml and say which jobs it serves, by which models. Nobody is called."""
    from precompute.models_summary import checked

    found = checked(file, out)
    if as_json:
        typer.echo(orjson.dumps(found))
        return
    for row in found["entries"]:
        key = f", key {row['key']}{'' if row['key_set'] else ' (not set here)'}" if row["key"] else ""
        typer.echo(plain(f"{row['job']:<8} {row['name']}: {row['where']}{key}"))


def run_named(
    command: Command,
    names: list[str],
    params: dict[str, Any],
    engine_name: str = "local",
    chosen: list[tuple[Any, Any]] | None = None,
    runs_on: Engine | None = None,
) -> None:
    """Run the jobs called `names` with `params` (or as `chosen`), or the default ones when there are none."""
    from precompute.defaults import default_jobs
    from precompute.engines import engine
    from precompute.jobs import JOBS
    from precompute.runner import run_jobs

    jobs = chosen or [(JOBS[name], params[name]) for name in default_jobs(command.db)]
    run_jobs(command.db, jobs, runs_on or engine(engine_name), engine_name, command.report, named=bool(names))


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """What the workspace holds, what is stale or missing, and what is being written."""
    from precompute.status import lines
    from precompute.status import status as status_of

    found = status_of(Workspace.of(workspace))
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(plain("\n".join(lines(found))))


@app.command()
def demo(
    rows: Annotated[int, typer.Option(min=1, help="How many instructions.")] = 2000,
    seed: Annotated[int, typer.Option(min=0)] = 42,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """A synthetic pool with 19 models and 3 reward models, then every default job."""
    from precompute.database import set_meta, transaction
    from precompute.demo import write_demo
    from precompute.ingest import ingest as ingest_files
    from precompute.parameters import parameters

    with writing(workspace, "demo", no_publish) as command:
        _refuse_real_data(command)
        folder = command.workspace.downloads
        folder.mkdir(exist_ok=True)
        file = write_demo(folder / f"demo-{rows}-{seed}.parquet", rows, seed)
        with transaction(command.db):
            set_meta(command.db, "synthetic", "true")
        ingest_files(command.db, command.workspace, [str(file)], "auto", None, command.report)
        run_named(command, [], parameters([]))
        say("This pool is synthetic: texts and scores were made up to show what the metrics mean.")


def _refuse_real_data(command: Command) -> None:
    """Synthetic rows among real ones could no longer be told apart."""
    from precompute.database import one

    synthetic = one(command.db, "SELECT value FROM meta WHERE key = 'synthetic'") == "true"
    if not synthetic and one(command.db, "SELECT count(*) FROM instructions"):
        raise UserError(
            f"{command.workspace.path} holds data that is not synthetic; give the demo a --workspace of its own."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line (`arguments`, else the process's own); the exit code."""
    return run_main(app, arguments)
