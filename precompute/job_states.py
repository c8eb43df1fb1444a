"""How each output of a workspace's jobs stands: in its newest build, and since then."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from crowdselect.store.build import Build
from precompute.begun import Key
from precompute.database import utc_now
from precompute.fingerprints import ATTACHED
from precompute.jobs import DEFAULT, JOBS
from precompute.jobs.chat import ASK
from precompute.runner import state

UNDONE = ("stale", "missing", "unfinished")


def job_states(build: Build, begun: Sequence[Key]) -> list[dict[str, Any]]:
    """A row for each output that was made or would be made by default, and how it stands.

    `begun` are the outputs that a writer has begun since the build and not finished, whatever they were when it was
    published. `refused` is how many rows have no result; `command` what makes an output, after
    `python -m precompute`.
    """
    stamps = {row["name"]: row["stamp"] for row in build.query("SELECT name, stamp FROM stamps").to_pylist()}
    rows = {(row["job"], row["output"]): row for row in build.query("SELECT * FROM jobs").to_pylist()}
    refused = {
        row["file"]: row["many"]
        for row in build.query(
            "SELECT file, count(*) AS many FROM rejects WHERE line IS NULL GROUP BY file"
        ).to_pylist()
    }
    states = {key: _state(*key, row, rows, stamps) for key, row in sorted(rows.items())}
    attached = any(name == ATTACHED and output.startswith("embeddings:") for name, output in rows)
    for name in DEFAULT:
        if name == "embed" and attached:
            continue  # a plain run uses what was attached
        params = JOBS[name].Params()
        for output in JOBS[name].outputs(params):
            if (name, output) not in rows and state(JOBS[name], params, output, rows, stamps) == "missing":
                states[name, output] = "missing"
    states |= dict.fromkeys([key for key in begun if key[0] in JOBS], "unfinished")
    return [_line(*key, how, rows.get(key), refused) for key, how in states.items()]


def _state(job: str, output: str, row: dict[str, Any], rows: dict[tuple[str, str], Any], stamps: dict[str, int]) -> str:
    if job == ATTACHED:
        return "attached"
    return state(JOBS[job], _params(job, row), output, rows, stamps) if job in JOBS else "unknown job"


def _params(job: str, row: dict[str, Any] | None) -> Any:
    """The parameters a row was made with; the defaults where this version no longer knows them."""
    try:
        return JOBS[job].Params.model_validate_json(row["params"]) if row else JOBS[job].Params()
    except ValueError:
        return JOBS[job].Params()


def _line(job: str, output: str, how: str, row: dict[str, Any] | None, refused: dict[str, int]) -> dict[str, Any]:
    known = row or {"rows": 0, "started": None, "finished": None, "params": None}
    finished: datetime | None = known["finished"] if how != "unfinished" else None
    asked = {file: many for file, many in refused.items() if output == ASK and file.startswith(f"{job} ")}
    return {
        "job": job,
        "output": output,
        "state": how,
        "rows": known["rows"],
        "refused": sum(asked.values()) or refused.get(f"{job} {output}", 0),
        "finished": finished.isoformat(timespec="seconds") if finished else None,
        "age_s": round((utc_now() - finished).total_seconds()) if finished else None,
        "seconds": (finished - known["started"]).total_seconds() if finished else None,
        "params": orjson.loads(known["params"]) if known["params"] else None,
        "command": _command(job, output, row) if how in UNDONE else None,
    }


def _command(job: str, output: str, row: dict[str, Any] | None) -> str:
    """What brings an output up to date."""
    if hasattr(JOBS[job], "of_models"):
        return f"run {job} --models FILE"
    if job in DEFAULT and output in JOBS[job].outputs(JOBS[job].Params()):
        return "run"
    changed = _params(job, row).model_dump(mode="json", exclude_defaults=True)
    return " ".join(["run", job, *(f"--set {job}.{key}={json.dumps(value)}" for key, value in changed.items())])
