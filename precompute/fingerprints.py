"""Whether what a job made is still what it would make: one hash over all that its rows depend on."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # jobs name ATTACHED, so importing them here would go round in a circle
    from precompute.jobs.protocol import Job

ATTACHED = "attach"  # the job under whose name attached tables stand in `jobs`; their output is the stamp they set


def matching(need: str, stamps: Mapping[str, int]) -> dict[str, int]:
    """The stamps that a need means: itself, all of a kind (`embeddings:*`), or the fields of a name (NAME/…)."""
    kind = need.removesuffix("*")
    return {
        name: stamp
        for name, stamp in stamps.items()
        if name == need or name.startswith(need + "/") or (kind != need and name.startswith(kind))
    }


def fingerprint(job: "Job", output: str, params: Any, stamps: Mapping[str, int]) -> str:
    """A hash of the job, its version, the parameters and, unless it is INCREMENTAL, the state of what it needs."""
    needs = {} if job.INCREMENTAL else {need: matching(need, stamps) for need in job.needs(params)}
    what = [job.NAME, job.VERSION, output, params.model_dump(mode="json"), needs]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def missing(job: "Job", params: Any, stamps: Mapping[str, int]) -> list[str]:
    """What the job needs and the workspace does not hold, or does not hold whole."""
    return [need for need in job.needs(params) if not matching(need, stamps)]
