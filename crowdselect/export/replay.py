"""Makes an export again from its manifest, and says what differs where it does."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.export.commit import commit
from crowdselect.export.differences import (
    data_differences,
    file_differences,
    recorded_build,
    row_differences,
    version_differences,
)
from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import Manifest, recipe_of
from crowdselect.export.method_differences import gone, moved_by
from crowdselect.methods import methods_of
from crowdselect.pool import Pool
from crowdselect.selection import select
from crowdselect.store import Build, Workspace, open_pool


@dataclass(frozen=True)
class Replay:
    """`differences` is empty where the file made again, by the methods that its manifest records, is byte-identical.

    `moved_by` says which methods of today would choose otherwise; it is looked up for a file that is identical.
    `warning` says why this is not the newest build.
    """

    manifest: Manifest
    build: str
    differences: list[str]
    moved_by: list[str] = field(default_factory=list)
    warning: str | None = None


def replay(path: Path, workspace: Workspace, build_id: str | None = None) -> Replay:
    """Rebuilds the export of a manifest on the workspace's current build, or on the one that is named.

    UserError where the manifest or the build cannot be read.
    """
    recorded = Manifest.read(path)
    build, pool = open_pool(workspace, build_id)
    found = remade(recorded, build, pool, workspace, path.parent / Path(recorded.file).name)
    return replace(found, warning=build.warning)


def remade(recorded: Manifest, build: Build, pool: Pool, workspace: Workspace, file: Path | None = None) -> Replay:
    """The same on a build that is open; `file` is the export itself, looked at where it is there."""
    try:
        recipe, methods = recipe_of(recorded), methods_of(recorded.methods)
        selection = select(pool, recipe, methods)
    except UserError as error:
        old = recorded_build(workspace, recorded, build)
        return Replay(recorded, build.id, [*data_differences(recorded, build, old), str(error).rstrip(".")])
    digest, lines = hashlib.sha256(), 0
    for line in export_lines(selection, build):
        digest.update(line)
        lines += 1
    if digest.hexdigest() == recorded.sha256:
        return Replay(recorded, build.id, [], moved_by(pool, recipe, recorded.methods))
    old = recorded_build(workspace, recorded, build)
    found = [
        *data_differences(recorded, build, old),
        *row_differences(recorded, selection, old, file),
        *(f"made before {name}" for name in gone(recipe, recorded.methods)),
        *version_differences(recorded, commit()),
        *(file_differences(file, selection, build) if file else []),
    ]
    if lines != recorded.rows:
        found.append(f"{lines:,} lines instead of {recorded.rows:,}")
    return Replay(recorded, build.id, [*found, f"SHA-256 {digest.hexdigest()} instead of {recorded.sha256}"])
