"""Runs jobs batch by batch: a batch's rows and its progress are one commit, so `kill -9` loses one batch's work."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crowdselect.errors import UserError
from precompute.database import Database, one, stamps, touch, transaction, untouch, utc_now
from precompute.engines import Engine, concurrent
from precompute.fingerprints import ATTACHED, fingerprint, missing
from precompute.jobs.protocol import Batch, Job
from precompute.names import drop_empty
from precompute.progress import Report, say
from precompute.refusals import Refusals
from precompute.rejects import rejects_name, write_rejects

# What fills a need, for the one who has to run it first.
MAKERS = {
    "instructions": "ingest PATH",
    "responses": "ingest PATH` or `run generate --models FILE",
    "scores": "ingest PATH` or `run reward --models FILE",
    "models": "ingest PATH",
    "embeddings": "run embed` or `attach embeddings FILE.npy --ids FILE.txt --name NAME",
    "clusters": "run cluster",
}


def run_jobs(
    db: Database, jobs: Sequence[tuple[Job, Any]], engine: Engine, engine_name: str, report: Report, named: bool
) -> int:
    """Bring the outputs of `jobs` (with their parameters) up to date, in order; the number of rows made.

    What a job needs and the workspace does not hold is a UserError when the jobs were `named`, else a line. An output
    of which nothing came is a failure in `report`: the outputs after it of the same job are left out, for they need it
    or would fare the same, and the other jobs run.
    """
    report.steps(sum(len(job.outputs(params)) for job, params in jobs))
    made = 0
    for job, params in jobs:
        lacking = missing(job, params, stamps(db))
        if lacking:
            kind = lacking[0].removesuffix(":*")
            line = f"{job.NAME} needs {kind}, which are not there, or not whole: {_remedy(kind)}"
            if named and not report.failures:  # what failed before it is the reason, and is said at the end
                raise UserError(line)
            say(f"{job.NAME}: skipped ({line})")
            continue
        failures = len(report.failures)
        for output in job.outputs(params):
            if len(report.failures) > failures:
                say(f"{_name(job, output)}: skipped, for nothing came of the output before it")
                continue
            made += run_output(db, job, params, output, _engine(job, params, output, engine), engine_name, report)
    return made


def _name(job: Job, output: str) -> str:
    return f"{job.NAME} {output}" if output != job.NAME else job.NAME


def _engine(job: Job, params: Any, output: str, engine: Engine) -> Engine:
    """Calls to a server wait, and need no machine of their own: they run in threads here, whatever the engine."""
    concurrency = getattr(job, "concurrency", None)
    workers = concurrency(output, params) if concurrency else 0
    return partial(concurrent.run, workers=workers) if workers else engine


def _remedy(need: str) -> str:
    return f"first `python -m precompute {MAKERS.get(need.partition(':')[0], 'run')}`."


def run_output(
    db: Database, job: Job, params: Any, output: str, engine: Engine, engine_name: str, report: Report
) -> int:
    """Make what is left of one output; the number of rows made by this call."""
    name = _name(job, output)
    if one(db, "SELECT count(*) FROM jobs WHERE job = ? AND output = ?", [ATTACHED, job.makes(output)]):
        say(f"{name}: skipped, for {job.makes(output)} was attached")
        return 0
    finished = _begin(db, job, params, output, engine_name, report)
    batches = [] if finished and not job.INCREMENTAL else list(job.batches(db, output, params))
    if finished and not batches:
        say(f"{name}: up to date")
        return 0
    began = time.monotonic()
    report.begun.add((job.NAME, output))
    # The stamp stands only while the output is whole, so that no job builds upon half of one.
    with transaction(db):
        untouch(db, job.makes(output))
        db.execute("UPDATE jobs SET finished = NULL WHERE job = ? AND output = ?", [job.NAME, output])
    try:
        made = _make(db, job, params, output, batches, engine, report)
    except UserError:
        _drop_empty(db, job, output)
        raise
    line = f"{made.rows:,} rows in {time.monotonic() - began:.1f} s"
    if hasattr(job, "REFUSED"):
        line = _tell_refused(db, job, params, output, made, report) or line
    say(f"{name}: {line}")
    if made.refusals and _drop_empty(db, job, output):
        report.failures.append(f"nothing came of {name}: {line}")
        return 0
    with transaction(db):
        touch(db, job.makes(output))
        if not made.left:
            db.execute("UPDATE jobs SET finished = ? WHERE job = ? AND output = ?", [utc_now(), job.NAME, output])
    if not made.left:
        report.begun.remove((job.NAME, output))
    return made.rows


@dataclass
class _Made:
    """What a run made of an output: rows, those that were refused, and how many its engine left undone."""

    rows: int = 0
    left: int = 0
    refusals: Refusals = field(default_factory=Refusals)


def _tell_refused(db: Database, job: Any, params: Any, output: str, made: _Made, report: Report) -> str | None:
    """Writes the file of what is refused as of now; a line about it where this run has refused anything."""
    questions = job.asked(output, params) if hasattr(job, "asked") else None
    rejects = questions.rejects if questions else f"{job.NAME} {output}"
    write_rejects(db, report.workspace, rejects)
    if not made.refusals:
        return None
    with transaction(db):
        touch(db, "rejects")
    file = report.workspace.rejects / rejects_name(rejects)
    return f"{made.rows - len(made.refusals):,} of {made.rows:,} {job.UNIT}; {made.refusals.in_words(file)}"


def _drop_empty(db: Database, job: Job, output: str) -> bool:
    """Whether the output holds no rows; a name in the pool that would stand for none goes, too."""
    if one(db, "SELECT rows FROM jobs WHERE job = ? AND output = ?", [job.NAME, output]):
        return False
    table = getattr(job, "NAMES", None)
    if table:
        with transaction(db):
            drop_empty(db, table, output)
    return True


def _begin(db: Database, job: Job, params: Any, output: str, engine_name: str, report: Report) -> bool:
    """Whether the output is finished and current; one that is stale or new is emptied and noted as begun."""
    current = fingerprint(job, output, params, stamps(db))
    rows = db.execute(
        "SELECT fingerprint, finished FROM jobs WHERE job = ? AND output = ?", [job.NAME, output]
    ).fetchall()
    if rows and rows[0][0] == current:
        return rows[0][1] is not None
    report.begun.add((job.NAME, output))
    with transaction(db):
        job.clear(db, output)
        db.execute("DELETE FROM jobs WHERE job = ? AND output = ?", [job.NAME, output])
        row = [job.NAME, output, params.model_dump_json(), job.VERSION, utc_now(), engine_name, current]
        db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, 0, ?, NULL, ?, ?)", row)
    return False


def _make(
    db: Database, job: Job, params: Any, output: str, batches: list[Batch], engine: Engine, report: Report
) -> _Made:
    before = one(db, "SELECT rows FROM jobs WHERE job = ? AND output = ?", [job.NAME, output])
    total, refused = _Made(left=sum(batch.rows for batch in batches)), getattr(job, "REFUSED", None)
    with report.step(job.NAME, output, before + total.left, before) as step:
        for batch, made in engine(job, batches, output, params):
            with transaction(db):
                written = job.write(db, made, output, params)
                rows = made.num_rows if written is None else written
                db.execute("UPDATE jobs SET rows = rows + ? WHERE job = ? AND output = ?", [rows, job.NAME, output])
            total.rows += made.num_rows
            total.left -= batch.rows
            if refused is not None and refused in made.column_names:
                total.refusals.add(made, refused)
            step.advance(batch.rows)
    return total


def state(
    job: Job, params: Any, output: str, rows: Mapping[tuple[str, str], Mapping[str, Any]], stamps: Mapping[str, int]
) -> str:
    """How an output stands, by the rows of `jobs`: done | stale | unfinished | missing | attached."""
    if (ATTACHED, job.makes(output)) in rows:
        return "attached"
    row = rows.get((job.NAME, output))
    if row is None:
        return "missing"
    if row["fingerprint"] != fingerprint(job, output, params, stamps):
        return "stale"
    return "done" if row["finished"] else "unfinished"
