"""Makes an export again from its manifest, and says what differs where it does."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import Manifest, manifest, recipe_of
from crowdselect.selection import Selection, select
from crowdselect.store import Build, Workspace, load_pool, open_build


@dataclass(frozen=True)
class Replay:
    """`differences` is empty where the file made again is byte-identical."""

    manifest: Manifest
    build: str
    differences: list[str]


def replay(path: Path, workspace: Workspace) -> Replay:
    """Rebuilds the export of a manifest on the build it came from if that is still there, else on the current one."""
    recorded = Manifest.read(path)
    build = _build(workspace, recorded)
    pool = load_pool(build)
    try:
        selection = select(pool, recipe_of(recorded))
    except UserError as error:
        return Replay(recorded, build.id, [*_data_differences(recorded, build), str(error)])
    digest = hashlib.sha256()
    lines = 0
    for line in export_lines(selection, build):
        digest.update(line)
        lines += 1
    if digest.hexdigest() == recorded.sha256:
        return Replay(recorded, build.id, [])
    differences = [f"SHA-256 {digest.hexdigest()} instead of {recorded.sha256}"]
    if lines != recorded.rows:
        differences.append(f"{lines} rows instead of {recorded.rows}")
    differences += _data_differences(recorded, build)
    differences += _version_differences(recorded, selection, build)
    differences += _file_differences(path.parent / Path(recorded.file).name, recorded, selection, build)
    return Replay(recorded, build.id, differences)


def _build(workspace: Workspace, recorded: Manifest) -> Build:
    if recorded.build in workspace.build_ids():
        try:
            return open_build(workspace, recorded.build)
        except UserError:
            pass  # damaged: the current one may hold the same data
    return open_build(workspace)


def _data_differences(recorded: Manifest, build: Build) -> list[str]:
    now = build.digests()
    names = sorted(set(recorded.digests) | set(now) - {"dataset"})
    changed = [name for name in names if recorded.digests.get(name) != now.get(name)]
    return [f"build {build.id} differs from build {recorded.build} in: {', '.join(changed)}"] if changed else []


def _version_differences(recorded: Manifest, selection: Selection, build: Build) -> list[str]:
    now = manifest(selection, build, recorded.file, "").versions
    return [
        f"{name} {now.get(name)} instead of {version}"
        for name, version in recorded.versions.items()
        if now.get(name) != version
    ]


def _file_differences(file: Path, recorded: Manifest, selection: Selection, build: Build) -> list[str]:
    """The first line that differs, where the exported file itself is still beside its manifest."""
    if not file.is_file():
        return []
    with file.open("rb") as old:
        for number, line in enumerate(export_lines(selection, build), start=1):
            if old.readline() != line:
                return [f"{file.name} differs from line {number} on"]
    return [f"{file.name} goes on where the replay ends"]
