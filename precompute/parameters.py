"""What `--set job.key=value` says: parameters read as YAML and validated by the job that they belong to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from crowdselect.bounds import refuse_huge
from precompute.jobs import JOBS
from precompute.jobs.protocol import Job
from precompute.models_file import ModelsFile, read_models


class WrongParameterError(Exception):
    """A job, key or value that does not exist: a usage error that names the choices."""


def parameters(settings: Sequence[str]) -> dict[str, Any]:
    """The parameters of every job: its defaults, with what `settings` (job.key=value) change."""
    given: dict[str, dict[str, Any]] = {name: {} for name in JOBS}
    for setting in settings:
        name, key, value = _parts(setting)
        given[name][key] = value
    return {name: _validated(name, values) for name, values in given.items()}


def jobs_named(names: Sequence[str]) -> list[str]:
    """`names` in run order."""
    for name in names:
        if name not in JOBS:
            raise WrongParameterError(f"Unknown job {name!r}; choose from {', '.join(JOBS)}.")
    return [name for name in JOBS if name in names]


def with_models(names: Sequence[str], params: dict[str, Any], models: Path | None) -> list[tuple[Job, Any]]:
    """The jobs called `names` with their parameters; those of models stand there once for each model of the file."""
    file = read_models(models) if models else ModelsFile()
    chosen: list[tuple[Job, Any]] = []
    for name in names:
        of_models = getattr(JOBS[name], "of_models", None)
        chosen += [(JOBS[name], each) for each in (of_models(params[name], file) if of_models else [params[name]])]
    return chosen


def _parts(setting: str) -> tuple[str, str, Any]:
    target, equals, text = setting.partition("=")
    name, dot, key = target.partition(".")
    if not equals or not dot:
        raise WrongParameterError(f"--set {setting!r} is not job.key=value, as in cluster.k=20.")
    jobs_named([name])
    keys = list(JOBS[name].Params.model_fields)
    if key not in keys:
        raise WrongParameterError(f"Unknown parameter {target!r}; {name} has {', '.join(keys) or 'none'}.")
    try:
        value = yaml.safe_load(text)
        refuse_huge(value)
        return name, key, value
    except ValueError as error:
        raise WrongParameterError(f"The value of --set {setting[:80]!r} is not possible: {error}.") from None
    except yaml.YAMLError:
        raise WrongParameterError(f"The value of --set {setting!r} is not YAML; quote it.") from None


def _validated(name: str, values: dict[str, Any]) -> Any:
    try:
        return JOBS[name].Params(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *(str(part) for part in first["loc"])])
        raise WrongParameterError(f"{where}={first['input']!r} is wrong: {first['msg']}.") from None
