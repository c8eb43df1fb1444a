"""Brings an older work database to this version's schema: in one transaction, beside a copy of what was there.

Nothing is paid for again. What was measured of an answer goes to that answer: the rows of IFD name it, the judge's
calls are found by the hash of what was sent, and tokens were counted of the best response, unless it has changed since.
"""

import contextlib
import json
import os
import shutil

import pyarrow as pa
from pydantic import ValidationError

from crowdselect.errors import UserError
from crowdselect.schema import MIGRATED_FROM, SCHEMA_VERSION
from crowdselect.store.old_signals import MEASURED
from crowdselect.store.shortage import of_disk
from crowdselect.store.workspace import Workspace
from precompute.database import Database, one, registered, set_meta, transaction
from precompute.fingerprints import ATTACHED, fingerprint
from precompute.jobs import JOBS, judge, tokens
from precompute.progress import say

# Parameters that said which answer is measured, as `responses` does, which is no part of what was measured.
RENAMED = {("ifd", "response"), ("tokens", "response")}

COLUMNS = """
ALTER TABLE tag_values ADD COLUMN IF NOT EXISTS place INTEGER;
ALTER TABLE instructions ADD COLUMN IF NOT EXISTS prompt VARCHAR;
ALTER TABLE instructions ADD COLUMN IF NOT EXISTS tools VARCHAR;
ALTER TABLE instructions ADD COLUMN IF NOT EXISTS n_turns INTEGER;
ALTER TABLE answers ADD COLUMN IF NOT EXISTS reasoning VARCHAR;
ALTER TABLE answers ADD COLUMN IF NOT EXISTS tool_calls VARCHAR;
ALTER TABLE score_metrics ADD COLUMN IF NOT EXISTS mid SMALLINT;
ALTER TABLE score_metrics ADD COLUMN IF NOT EXISTS concordance DOUBLE;
"""
# The best response by each reward model, of equals the first model by name, as the job `metrics` notes it from now on.
BEST = """
UPDATE score_metrics SET mid = best.mid FROM (
    SELECT iid, rid, mid FROM score_values JOIN models USING (mid) JOIN answers USING (iid, mid)
    WHERE coalesce(n_words, 1) > 0
    QUALIFY row_number() OVER (PARTITION BY iid, rid ORDER BY score DESC, model) = 1) best
WHERE score_metrics.iid = best.iid AND score_metrics.rid = best.rid
"""


def copy_of(workspace: Workspace, version: int) -> str:
    """The name of the file that keeps a work database of that version."""
    return f"{workspace.work_db.stem}.schema-{version}{workspace.work_db.suffix}"


def keep_copy(workspace: Workspace, version: int) -> None:
    """Keep the work database, which is closed, as it is. UserError where there is no room for that."""
    kept = workspace.path / copy_of(workspace, version)
    beside = kept.with_name(kept.name + ".tmp")
    try:
        shutil.copyfile(workspace.work_db, beside)
        with beside.open("rb+") as copied:
            os.fsync(copied.fileno())
        os.replace(beside, kept)
    except OSError as error:
        beside.unlink(missing_ok=True)
        size, why = workspace.work_db.stat().st_size, of_disk(error, workspace.path) or f"{error.strerror}"
        raise UserError(
            f"{workspace.work_db.name} is of schema {version} and has to be migrated, but a copy of its {size:,} bytes"
            f" cannot be kept. {why}; then run this again."
        ) from None


def migrate(db: Database, workspace: Workspace, version: int) -> None:
    """From schema `version` (1) to this one. A kill at any point leaves the one or the other, whole."""
    with transaction(db):
        db.execute(COLUMNS)
        db.execute(BEST)
        _signals(db)
        _jobs(db)
        set_meta(db, MIGRATED_FROM, str(version))
        set_meta(db, "schema_version", str(SCHEMA_VERSION))
    say(
        f"{workspace.work_db.name} was of schema {version} and is of schema {SCHEMA_VERSION} now;"
        f" {copy_of(workspace, version)} is what it was."
    )


def _signals(db: Database) -> None:
    """The table `signals` becomes `instruction_signals` and `answer_signals`."""
    db.execute("CREATE TABLE instruction_signals(iid INTEGER, name VARCHAR, value DOUBLE)")
    db.execute("CREATE TABLE answer_signals(iid INTEGER, mid SMALLINT, name VARCHAR, value DOUBLE)")
    measured = {name: query for name, query in MEASURED.items() if not _attached(db, name.removesuffix("_dropped"))}
    for name, query in measured.items():
        if name != judge.READ:
            db.execute(f"INSERT INTO answer_signals {query}")
        elif (scores := _judged(db)) is not None:
            with registered(db, scores=scores):
                db.execute(
                    "INSERT INTO answer_signals SELECT iid, mid, ?, first(score) FROM scores"
                    " WHERE score IS NOT NULL GROUP BY iid, mid",
                    [name],
                )
        db.execute("DELETE FROM signals WHERE name = ?", [name])
    db.execute("INSERT INTO instruction_signals SELECT iid, name, value FROM signals")
    db.execute("DROP TABLE signals")


def _attached(db: Database, name: str) -> bool:
    return bool(one(db, "SELECT count(*) FROM jobs WHERE job = ? AND output = ?", [ATTACHED, f"signals:{name}"]))


def _judged(db: Database) -> pa.Table | None:
    """judge.SCORES of all answers that the judge's calls were about, whoever it was; None where none was read."""
    params = one(db, "SELECT params FROM jobs WHERE job = ? AND output = ?", [judge.NAME, judge.READ])
    if params is None:
        return None
    names = db.execute("SELECT DISTINCT name FROM calls WHERE job = ?", [judge.NAME]).fetchall()
    scores = [judge.scores_by(db, judge.Params.model_validate_json(params), name) for (name,) in names]
    return pa.concat_tables([judge.SCORES.empty_table(), *scores])


def _jobs(db: Database) -> None:
    """What is made row by row follows from its parameters alone, so it is as current as it was, by today's parameters.

    Other jobs keep their fingerprints as they are.
    """
    rows = db.execute("SELECT job, output, params, version FROM jobs").fetchall()
    for name, output, written, version in rows:
        job = JOBS.get(name)
        if job is None or not job.INCREMENTAL or version != job.VERSION:
            continue
        with contextlib.suppress(ValidationError):  # parameters that are unknown today make a job stale
            params = job.Params.model_validate(
                {key: value for key, value in json.loads(written).items() if (name, key) not in RENAMED}
            )
            db.execute(
                "UPDATE jobs SET params = ?, fingerprint = ? WHERE job = ? AND output = ?",
                [params.model_dump_json(), fingerprint(job, output, params, {}), name, output],
            )
    for name, output in ((judge.NAME, judge.READ), (tokens.NAME, "tokens_response")):
        counted = "(SELECT count(*) FROM answer_signals WHERE name = output)"
        db.execute(f"UPDATE jobs SET rows = {counted} WHERE job = ? AND output = ?", [name, output])  # noqa: S608
