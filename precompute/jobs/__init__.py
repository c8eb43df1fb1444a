"""Every job, in run order. To add one: write a module beside this file and name it below.

A module loads models and other heavy libraries inside its functions, so that naming it here costs nothing.
"""

from precompute.jobs import (
    cluster,
    duplicates,
    embed,
    generate,
    ifd,
    judge,
    language,
    metrics,
    project,
    reward,
    tag,
    tokens,
)
from precompute.jobs.protocol import Job

JOBS: dict[str, Job] = {
    job.NAME: job
    for job in (generate, reward, ifd, tag, judge, tokens, language, embed, duplicates, cluster, project, metrics)
}

# What a plain `run` brings up to date.
DEFAULT = ("embed", "cluster", "project", "metrics")
