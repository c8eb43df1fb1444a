"""What every reading command begins with: a build and its pool, and a line where they are not the newest."""

from pathlib import Path

from crowdselect.pool import Pool
from crowdselect.store import Build, Workspace, open_pool
from crowdselect.terminal import complain


def opened(workspace: Path | None, build_id: str | None = None) -> tuple[Build, Pool]:
    """The named build, else the newest that can be read; standard error says why where that is an older one."""
    build, pool = open_pool(Workspace.of(workspace), build_id)
    say_warning(build.warning)
    return build, pool


def say_warning(warning: str | None) -> None:
    """A line on standard error, where there is something to say."""
    if warning:
        complain(warning)
