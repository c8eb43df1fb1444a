"""The command line of `attach`: bring your own clusters, embeddings, metrics, tags and families."""

from pathlib import Path
from typing import Annotated

import typer

from precompute.command import NoPublishOption, WorkspaceOption, writing

app = typer.Typer(no_args_is_help=True, help="Bring your own clusters, embeddings, metrics, tags or model families.")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE")]
ColumnOption = Annotated[str, typer.Option(help="The column that holds the values, beside uuid.")]
NameOption = Annotated[str | None, typer.Option(help="What to call it; else the column's name.")]


@app.command()
def clusters(
    file: FileArgument,
    column: ColumnOption,
    name: NameOption = None,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """A label an instruction, from a Parquet file: whole numbers or texts."""
    from precompute.attach import attach_clusters

    with writing(workspace, "attach clusters", no_publish) as command:
        attach_clusters(command.db, command.workspace, file, column, name)


@app.command()
def embeddings(
    file: FileArgument,
    ids: Annotated[Path, typer.Option(help="A text file with the id of each row, a line each.")],
    name: Annotated[str, typer.Option(help="What to call the embedding.")],
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """A vector an instruction, from a .npy matrix of floats."""
    from precompute.attach import attach_embeddings

    with writing(workspace, "attach embeddings", no_publish) as command:
        attach_embeddings(command.db, command.workspace, file, ids, name)


@app.command()
def metric(
    file: FileArgument,
    column: ColumnOption,
    name: NameOption = None,
    no_publish: NoPublishOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """A number an instruction, from Parquet, JSON lines or CSV; with a column model a number an answer."""
    from precompute.attach import attach_metric

    with writing(workspace, "attach metric", no_publish) as command:
        attach_metric(command.db, command.workspace, file, column, name)


@app.command()
def tags(file: FileArgument, no_publish: NoPublishOption = False, workspace: WorkspaceOption = None) -> None:
    """A list of tags an instruction, from a Parquet file."""
    from precompute.attach import attach_tags

    with writing(workspace, "attach tags", no_publish) as command:
        attach_tags(command.db, command.workspace, file)


@app.command()
def families(file: FileArgument, no_publish: NoPublishOption = False, workspace: WorkspaceOption = None) -> None:
    """Families and sizes of models, from a CSV file with the columns model, family, params_b."""
    from precompute.crowd import not_in_pool, set_families, show_families
    from precompute.progress import say

    with writing(workspace, "attach families", no_publish) as command:
        strangers = not_in_pool(command.db, file)
        changed = set_families(command.db, file)
        show_families(command.db)
        say(f"{changed:,} models changed")
        if strangers:
            example = strangers[0][:80]
            say(f"{file.name}: {len(strangers):,} of its models are not in this workspace, such as {example!r}")
