"""Status: what a workspace holds, read from its newest build, and what its writer is doing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from crowdselect.pace import pace, time_left
from crowdselect.schema import MIGRATED_FROM, SCHEMA_VERSION
from crowdselect.store import Build
from crowdselect.store.opening import open_with
from crowdselect.store.workspace import Workspace
from precompute.begun import Begun, Key
from precompute.job_states import job_states
from precompute.lock import writer_pid

COUNTS = {
    "instructions": "SELECT count(*) AS n FROM instructions",
    "responses": "SELECT count(*) AS n FROM answers",
    "scores": "SELECT count(*) AS n FROM score_values",
    "models": "SELECT count(*) AS n FROM models",
    "rejects": "SELECT count(*) AS n FROM rejects",
}


def status(workspace: Workspace) -> dict[str, Any]:
    """Everything as plain values, ready for JSON. A workspace without a build has `build` null and no counts."""
    found: dict[str, Any] = {
        "workspace": str(workspace.path),
        "build": None,
        "writer": writer_pid(workspace),
        "progress": progress(workspace),
        "parameters": _parameters(of_models=False),
        "model_parameters": _parameters(of_models=True),
    }
    if not workspace.builds_to_try():
        return found
    begun = Begun(workspace).read()
    build, held = open_with(workspace, lambda build: _held(build, begun))
    build.close()
    return found | {"build": build.id, "warning": build.warning, **held}


def _held(build: Build, begun: Sequence[Key]) -> dict[str, Any]:
    """What stands in a build, and what has been begun since."""
    with build.whole():
        meta = build.meta()
        found: dict[str, Any] = {"synthetic": meta.get("synthetic") == "true", "schema": int(meta["schema_version"])}
        found["migrated_from"] = int(meta[MIGRATED_FROM]) if MIGRATED_FROM in meta else None
        for name, query in COUNTS.items():
            found[name] = build.query(query)["n"][0].as_py()
        names = build.query("SELECT reward_model FROM reward_models ORDER BY 1")
        found["reward_models"] = names["reward_model"].to_pylist()
        found["files"] = _files(build)
        found["jobs"] = job_states(build, begun)
    return found


def progress(workspace: Workspace) -> dict[str, Any] | None:
    """What the latest command of a writer said of itself; None when there was none."""
    try:
        return dict(orjson.loads(workspace.progress.read_bytes()))
    except (OSError, ValueError):
        return None


def _parameters(of_models: bool) -> dict[str, Any]:
    """What `run --set job.key=value` takes, by job: a JSON schema with types, bounds, choices and defaults.

    Of those that a models.yaml serves, or of the others.
    """
    from precompute.jobs import JOBS

    return {
        name: job.Params.model_json_schema() for name, job in JOBS.items() if hasattr(job, "of_models") == of_models
    }


def _files(build: Build) -> list[dict[str, Any]]:
    """A row for each file that was taken in, the latest first: read = kept + rejected."""
    rows = build.query(
        "SELECT path AS file, format, read, kept, rejected, finished FROM files ORDER BY finished DESC, file_id DESC"
    ).to_pylist()
    return [{**row, "finished": row["finished"] and row["finished"].isoformat(timespec="seconds")} for row in rows]


def lines(found: dict[str, Any]) -> list[str]:
    """What `status` prints."""
    made = [f"workspace {found['workspace']}"]
    if found["writer"]:
        now = found["progress"] or {}
        doing = " ".join(str(now[key]) for key in ("command", "job", "output") if now.get(key))
        total = f" of {now['total']:,}" if now.get("total") else ""
        speed = f", {pace(now['rate'])}" if now.get("rate") else ""
        left = f", about {time_left(now['eta_s'])} left" if now.get("eta_s") else ""
        made.append(f"process {found['writer']} is writing: {doing}, {now.get('done', 0):,}{total}{speed}{left}")
    elif (found["progress"] or {}).get("state") == "running":
        made.append("the last command was killed; run it again to go on")
    elif (found["progress"] or {}).get("state") == "failed":
        made.append(f"the last command failed: {found['progress']['message']}")
    if found["build"] is None:
        return [*made, "no build yet: run `python -m precompute demo`, or `ingest` your data"]
    made.append(f"build {found['build']}" + (", SYNTHETIC data" if found["synthetic"] else ""))
    if found["warning"]:
        made.append(found["warning"])
    if found["schema"] < SCHEMA_VERSION:
        made.append(
            f"schema {found['schema']}: the next command that writes migrates it to schema {SCHEMA_VERSION}, and keeps"
            " a copy of the database"
        )
    elif found["migrated_from"]:
        made.append(f"schema {found['schema']}, migrated from schema {found['migrated_from']}")
    counts = [f"{found[name]:,} {name}" for name in COUNTS if name != "rejects" or found[name]]
    made += [", ".join(counts), "reward models: " + (", ".join(found["reward_models"]) or "none")]
    for job in found["jobs"]:
        age = f", {timedelta(seconds=job['age_s'])} ago" if job["age_s"] is not None else ""
        name = job["job"] if job["job"] == job["output"] else f"{job['job']} {job['output']}"
        refused = f", {job['refused']:,} refused" if job["refused"] else ""
        made.append(f"  {job['state']:<10} {name}: {job['rows']:,} rows{refused}{age}")
    for command in dict.fromkeys(job["command"] for job in found["jobs"] if job["command"]):
        made.append(f"`python -m precompute {command}` makes what is stale, missing or unfinished")
    return made
