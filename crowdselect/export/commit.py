"""Which commit of CrowdSelect's own source runs."""

import os
import shutil
import subprocess
from functools import cache

from crowdselect.settings import ROOT

SECONDS = 10


@cache
def commit() -> str | None:
    """The commit of the checkout that this source lies in, `-dirty` after it where tracked files differ from it.

    None where the source is no checkout, or git is not there. Asked once a process.
    """
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return None
    command = [git, "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  git as found, with fixed arguments
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
