"""`python -m crowdselect agreement`: how far the reward models agree."""

from pathlib import Path
from typing import Annotated

import typer

from crowdselect.agreement import Agreement, agreement
from crowdselect.commands.opened import BuildOption, opened
from crowdselect.compare.layouts import to_csv
from crowdselect.correlation_pairs import p_text
from crowdselect.correlations import q_values
from crowdselect.export.write import write_whole
from crowdselect.pool import Pool
from crowdselect.terminal import say


def agreement_command(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.csv", help="uuid, and means over pairs of reward models: a row an instruction."
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option("--models", metavar="FILE.csv", help="A row for each model and pair of reward models."),
    ] = None,
    build_id: BuildOption = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="The workspace's directory.")] = None,
) -> None:
    """Say how far the reward models agree: Spearman, Kendall, flips of the best response, Krippendorff's alpha."""
    build, pool = opened(workspace, build_id)
    found = agreement(pool)
    say(
        f"Krippendorff's alpha of {len(found.reward_models)} reward models: {found.alpha_interval:.3f} (z-scores, "
        f"interval), {found.alpha_ordinal:.3f} (ranks within an instruction, ordinal)"
    )
    say("spearman  kendall  flips  p (of spearman)  q         (means over instructions)")
    spearman, kendall = found.mean_by_pair(found.spearman_rows), found.mean_by_pair(found.kendall_rows)
    p_values = found.p_values
    adjusted = q_values(p_values)
    for place, (first, second) in enumerate(found.pairs):
        sure = f"{p_text(p_values[place]):15}  {p_text(adjusted[place]):8}"
        names = f"{found.reward_models[first]} and {found.reward_models[second]}"
        say(f"{spearman[place]:8.3f}  {kendall[place]:7.3f}  {found.flips[place]:5.1%}  {sure}  {names}")
    if out is not None:
        write_whole(out, [instructions_csv(pool, found)])
        say(f"{out}: {len(pool):,} rows, build {build.id}")
    if models is not None:
        write_whole(models, [models_csv(found)])
        say(f"{models}: {len(found.models) * len(found.pairs):,} rows, build {build.id}")


def instructions_csv(pool: Pool, found: Agreement) -> bytes:
    """uuid, then the mean over pairs of Spearman's rho, Kendall's tau and flips, and the disagreement."""
    columns = {
        "spearman": found.mean_by_row(found.spearman_rows),
        "kendall": found.mean_by_row(found.kendall_rows),
        "flipped": found.mean_by_row(found.flipped),
        "disagreement": found.disagreement,
    }
    return to_csv(
        [
            {"uuid": str(uuid), **{name: float(values[row]) for name, values in columns.items()}}
            for row, uuid in enumerate(pool.uuids)
        ]
    )


def models_csv(found: Agreement) -> bytes:
    """model, the two reward models, Spearman's rho of its responses over the instructions with p and q, Kendall's tau.

    q is Benjamini-Hochberg's among all rows of the table.
    """
    adjusted = q_values(found.p_models.ravel()).reshape(found.p_models.shape)
    return to_csv(
        [
            {
                "model": model,
                "reward_model": found.reward_models[first],
                "other": found.reward_models[second],
                "spearman": float(found.spearman_models[pair, place]),
                "kendall": float(found.kendall_models[pair, place]),
                "spearman_p": float(found.p_models[pair, place]),
                "spearman_q": float(adjusted[pair, place]),
            }
            for place, model in enumerate(found.models)
            for pair, (first, second) in enumerate(found.pairs)
        ]
    )
