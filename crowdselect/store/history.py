"""How a build came about: the jobs that ran, and what was refused."""

from dataclasses import dataclass
from datetime import datetime

from crowdselect.store.build import Build


@dataclass(frozen=True)
class JobRun:
    """One output of a job, as last made."""

    job: str
    output: str
    rows: int
    started: datetime
    finished: datetime | None
    engine: str | None

    @property
    def seconds(self) -> float:
        return (self.finished - self.started).total_seconds() if self.finished and self.started else float("nan")


@dataclass(frozen=True)
class Refused:
    """One line that an import did not take; `line` is None when it was the whole file."""

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True)
class EmbeddingSet:
    """One set of embeddings and how many instructions it covers."""

    name: str
    rows: int


def jobs(build: Build) -> list[JobRun]:
    """Every job's outputs in the order they were made."""
    table = build.query("SELECT job, output, rows, started, finished, engine FROM jobs ORDER BY started, job, output")
    return [JobRun(**row) for row in table.to_pylist()]


def refused(build: Build, limit: int = 1000) -> tuple[int, list[Refused]]:
    """How many lines were refused, and the first of them by file and line."""
    count = build.query("SELECT count(*) AS n FROM rejects")["n"][0].as_py()
    table = build.query("SELECT file, line, reason FROM rejects ORDER BY file, line LIMIT ?", [limit])
    return count, [Refused(**row) for row in table.to_pylist()]


def embedding_sets(build: Build) -> list[EmbeddingSet]:
    """Every set of embeddings in the build."""
    table = build.query(
        """SELECT e.embedder || '/' || e.field AS name, count(v.iid) AS rows
           FROM embedding_sets e LEFT JOIN vectors v USING (set_id) GROUP BY ALL ORDER BY name"""
    )
    return [EmbeddingSet(**row) for row in table.to_pylist()]
