"""What a models.yaml asks of whom, for people to look at before anything runs. No key stands in it."""

import os
from pathlib import Path
from typing import Any

import yaml

from crowdselect.errors import UserError
from crowdselect.export.write import write_whole
from precompute.models_file import Measurer, ModelsFile, read_models

# Which part of the file a job is made from.
PARTS = {"models": "generate", "reward_models": "reward", "ifd": "ifd", "tag": "tag", "judge": "judge"}
SHOWN = ("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "seed", "repetition_penalty")


def summary(file: ModelsFile) -> dict[str, Any]:
    """{jobs, entries}: the jobs that the file serves, and a row a model: job, name, where, key, key_set, params.

    `key` names an environment variable, and `key_set` says whether this process has it. Of the parameters only those
    of SHOWN are told, for people put all sorts of things into them.
    """
    entries = [(job, entry) for part, job in PARTS.items() for entry in _entries(getattr(file, part))]
    jobs = [job for job in PARTS.values() if job in {of for of, _ in entries}]
    return {"jobs": jobs, "entries": [_row(job, entry) for job, entry in entries]}


def keep(file: ModelsFile, out: Path) -> None:
    """Writes the file whole, with the paths to weights that `read_models` has resolved."""
    text = yaml.safe_dump(file.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True)
    write_whole(out, [text.encode()])


def checked(path: Path, out: Path | None) -> dict[str, Any]:
    """Reads the file at `path`, keeps it at `out` if that is given, and says what it holds. Raises UserError."""
    found = read_models(path)
    made = summary(found)
    if not made["jobs"]:
        raise UserError(f"{path.name}: it names no model; write one of {', '.join(PARTS)}.")
    if out is not None:
        keep(found, out)
    return made


def _entries(part: Any) -> list[Any]:
    return list(part) if isinstance(part, tuple) else [part] if part is not None else []


def _row(job: str, entry: Any) -> dict[str, Any]:
    if isinstance(entry, Measurer) and entry.local:
        where, name = entry.weights, entry.name or Path(entry.weights).name
        return {"job": job, "name": name, "where": where, "key": None, "key_set": None, "params": {}}
    key = entry.api_key_env
    params = {name: value for name, value in getattr(entry, "params", {}).items() if name in SHOWN}
    return {
        "job": job,
        "name": entry.name or entry.model or Path(str(entry.path)).name,
        "where": entry.path or entry.base_url,
        "key": key,
        "key_set": bool(os.environ.get(key)) if key else None,
        "params": params,
    }
