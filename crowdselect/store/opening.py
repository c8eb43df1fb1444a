"""Which build a reader gets: the one that CURRENT names, or the newest before it that can be read."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.store.build import Build, open_file
from crowdselect.store.failures import UnusableError
from crowdselect.store.pool import load_pool
from crowdselect.store.workspace import Workspace

T = TypeVar("T")


def open_build(workspace: Workspace, build_id: str | None = None) -> Build:
    """The named build, else the one that CURRENT names, else the newest that opens, with a `warning`."""
    return open_with(workspace, lambda build: None, build_id)[0]


def open_pool(workspace: Workspace, build_id: str | None = None) -> tuple[Build, Pool]:
    """A build and its pool: a build whose pool cannot be loaded gives way to the one before, too."""
    return open_with(workspace, load_pool, build_id)


def open_with(workspace: Workspace, read: Callable[[Build], T], build_id: str | None = None) -> tuple[Build, T]:
    """The first build that `read` can read, and what it found there; of the named build only, where one is named.

    Where it is not the newest, its `warning` says in one line why. UserError where no build can be read.
    """

    def attempt(one: str) -> tuple[Build, T]:
        build = open_file(workspace, one)
        try:
            return build, read(build)
        except UserError:
            build.close()
            raise

    return attempt(build_id) if build_id is not None else first_readable(workspace, attempt)


def first_readable(workspace: Workspace, attempt: Callable[[str], tuple[Build, T]]) -> tuple[Build, T]:
    """What `attempt` gives for the first build that it can use, whose `warning` says why not for the one before."""
    builds = workspace.builds_to_try()
    if not builds:
        raise UserError(f"{workspace.path} holds no build yet: run `python -m precompute demo`, or `ingest` your data.")
    failure = None if workspace.current_build() else _unnamed(workspace)
    for build_id in builds:
        try:
            build, found = attempt(build_id)
        except UnusableError as error:
            failure = failure or error
        else:
            warning = f"{failure} Build {build_id} is used instead." if failure else None
            return replace(build, warning=warning), found
    raise failure or UnusableError(f"No build of {workspace.path} can be used.")


def _unnamed(workspace: Workspace) -> UnusableError:
    what = "names no build" if workspace.current.exists() else "is missing"
    return UnusableError(f"CURRENT {what}; `python -m precompute run` publishes a build and writes it anew.")
