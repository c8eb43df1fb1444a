"""Signals that a strategy needs: numbers that a job makes or a user attaches, not what scores alone can give.

The one place that knows which job makes which signal.
"""

import shlex

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError

# signal -> the job that makes it, and what else that has to be told; one that is not named here can only be attached
TOKENS = "tokens --set tokens.tokenizer=NAME"
MADE_BY = {
    "ifd": "ifd", "ifd_ppl": "ifd", "direct_score": "judge", "tokens_instruction": TOKENS, "tokens_response": TOKENS
}  # fmt: skip


def command(name: str, responses: str = "best") -> str:
    """What makes the signal, of these responses (see precompute/jobs/answers.py), or of more than these."""
    if name not in MADE_BY:
        return f"python -m precompute attach metric FILE --column {name}"
    job = MADE_BY[name].split()[0]
    told = "" if job == "tokens" or responses == "best" else f" --set {shlex.quote(f'{job}.responses={responses}')}"
    return f"python -m precompute run {MADE_BY[name]}{told}"


def signal(candidates: Candidates, name: str) -> np.ndarray:
    """(n,) float64, NaN where a row has none. UserError with the command that makes it where the pool has none."""
    if name not in candidates.pool.signal_names:
        made = f"run `{command(name)}`, or " if name in MADE_BY else ""
        attached = f"attach your own with `python -m precompute attach metric FILE --column {name}`"
        raise UserError(f"There is no signal {name!r} in this workspace: {made}{attached}.")
    return candidates.metric(name)


def tied_signal(candidates: Candidates, name: str) -> np.ndarray:
    """The same as rows are ranked by it: values that differ by rounding alone are the same."""
    signal(candidates, name)
    return candidates.tied(name)


def dropped(candidates: Candidates, name: str) -> np.ndarray:
    """(n,) bool: rows whose value a method does not use, although it has one (signal `NAME_dropped` is not 0)."""
    mark = f"{name}_dropped"
    if mark not in candidates.pool.signal_names:
        return np.zeros(len(candidates), dtype=bool)
    there = candidates.metric(mark)
    return ~np.isnan(there) & (there != 0)
