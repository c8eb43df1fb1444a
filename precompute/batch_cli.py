"""Files of a batch service: written from what is left to ask, and read back by their ids."""

from pathlib import Path
from typing import Annotated

import typer

from precompute.command import NoPublishOption, WorkspaceOption, writing

app = typer.Typer(no_args_is_help=True, help="Files for an OpenAI-compatible batch service.")

ModelsOption = Annotated[Path, typer.Option("--models", metavar="FILE", help="models.yaml")]
JobsOption = Annotated[list[str] | None, typer.Option("--job", help="generate, tag or judge; else all that it lists.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="JOB.KEY=VALUE", help="A job's parameter.")]


@app.command()
def write(
    models: ModelsOption,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files go: one a job and model.")],
    jobs: JobsOption = None,
    settings: SetOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """One JSONL file a job and model, a line each call that is left. Nobody is called."""
    from precompute.batch_files import chosen, write_files

    asking = chosen(models, jobs or [], settings or [])
    with writing(workspace, "batch write", no_publish=True) as command:
        write_files(command.db, asking, out)


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What the service gave back.")],
    models: ModelsOption,
    jobs: JobsOption = None,
    settings: SetOption = None,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Take in results, joined by custom_id. What is unknown, repeated or failed is refused with its line."""
    from precompute.batch_files import chosen, read_file

    asking = chosen(models, jobs or [], settings or [])
    with writing(workspace, "batch read", no_publish) as command:
        for file in files:
            read_file(command, asking, file)
