"""Why an export made again is not the same: its data, its rows, its code, its bytes; each as one sentence part."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines, export_sha256
from crowdselect.export.manifest import Manifest, recipe_of, versions
from crowdselect.selection import Selection, select
from crowdselect.store import Build, Workspace, load_pool, open_build
from crowdselect.store.changes import changes
from crowdselect.store.content import content_of, digest

SHOWN = 3  # rows named
TABLES_SHOWN = 5
LONGEST = 60  # characters of a value


def recorded_build(workspace: Workspace, recorded: Manifest, other_than: Build) -> Build | None:
    """The build that the manifest names, where it is still there with the data that was recorded."""
    if recorded.build == other_than.id or recorded.build not in workspace.build_ids():
        return None
    try:
        build = open_build(workspace, recorded.build)
        return build if build.digests() == recorded.all_digests() else None
    except UserError:
        return None


def data_differences(recorded: Manifest, build: Build, old: Build | None) -> list[str]:
    """Which tables of `build` are not as recorded, and which of their rows where the `old` build can be read."""
    now = {name: value for name, value in build.digests().items() if name != "dataset"}
    # what schema 1 kept by instruction and a migration gave to answers has another digest, which says nothing
    given = {name for name in now if name.removeprefix("response_") in recorded.digests.keys() - now.keys()}
    given |= {name.removeprefix("response_") for name in given}
    names = sorted((recorded.digests.keys() | now.keys()) - given)
    changed = [name for name in names if recorded.digests.get(name) != now.get(name)]
    if changed:
        found = [f"build {build.id} differs from the recorded build {recorded.build} in: {', '.join(changed)}"]
    else:
        touched = [name for name in names if content_of(name) and _touched(build, name, now[name])]
        found = [f"build {build.id} was changed after it was published, in: {', '.join(touched)}"] if touched else []
    if old is not None:
        told = (changes(name, old, build) for name in (changed or names)[:TABLES_SHOWN])
        found += [each for each in told if each is not None]
    return found


def _touched(build: Build, name: str, published: str) -> bool:
    try:
        return digest(build.query, name) != published
    except UserError:  # too large to be looked at in time
        return False


def row_differences(recorded: Manifest, selection: Selection, old: Build | None, file: Path | None) -> list[str]:
    """Which instructions came into the selection and went out of it, and whether the old build gives the old bytes.

    Without the old build the export itself tells, where it is there and in the format `records`, which has uuids.
    """
    if old is None:
        before_rows = _uuids(file) if file is not None and recorded.format == "records" else []
        return _moved(before_rows, list(selection.uuids)) if before_rows else []
    try:
        before = select(load_pool(old), recipe_of(recorded), selection.candidates.methods)
    except UserError as error:
        return [f"build {old.id} cannot make it either: {error}"]
    found = _moved(list(before.uuids), list(selection.uuids))
    same = export_sha256(before, old) == recorded.sha256
    return [
        *found,
        f"build {old.id}, still here, gives {'the same bytes (--build ' + old.id + ')' if same else 'others'}",
    ]


def _uuids(file: Path) -> list[str]:
    """Of each line of an export of records; empty where it is none, or gone."""
    try:
        with file.open("rb") as lines:
            return [str(json.loads(line)["uuid"]) for line in lines]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _moved(before: list[str], now: list[str]) -> list[str]:
    parts = []
    for rows, known, word in ((now, set(before), "came into"), (before, set(now), "went out of")):
        moved = [str(uuid) for uuid in rows if uuid not in known]
        if moved:
            names = ", ".join(_short(uuid) for uuid in moved[:SHOWN]) + (" …" if len(moved) > SHOWN else "")
            parts.append(f"{len(moved):,} {'row' if len(moved) == 1 else 'rows'} {word} the selection ({names})")
    if not parts:
        parts = ["the same rows are selected" + ("" if before == now else ", in another order")]
    return parts


def version_differences(recorded: Manifest, commit: str | None) -> list[str]:
    """Other packages, another commit."""
    now = versions()
    found = [
        f"{name} {now.get(name)} instead of {version}"
        for name, version in recorded.versions.items()
        if now.get(name) != version
    ]
    if recorded.commit and recorded.commit != commit:
        found.append(f"code commit {commit or 'unknown'} instead of {recorded.commit}")
    return found


def file_differences(file: Path, selection: Selection, build: Build) -> list[str]:
    """The first line that differs and in which fields, where the exported file itself is still beside its manifest."""
    if not file.is_file():
        return []
    with file.open("rb") as old:
        for number, (was, now) in enumerate(zip_longest(old, export_lines(selection, build)), start=1):
            if was != now:
                about = _fields(was, now)
                return [f"{file.name} differs from line {number} on{about}"]
    return [f"{file.name} itself is as made now, and not as its manifest says"]


def _fields(was: bytes | None, now: bytes | None) -> str:
    """Which fields of a line say something else; the instruction it is of, where the line names one."""
    try:
        before, after = json.loads(was or b"{}"), json.loads(now or b"{}")
    except ValueError:
        return ""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    if before.get("uuid") != after.get("uuid"):
        return f" (uuid {_short(after.get('uuid'))} instead of {_short(before.get('uuid'))})"
    flat = [_flat(before), _flat(after)]
    differ = [name for name in {**flat[0], **flat[1]} if flat[0].get(name) != flat[1].get(name)]
    told = [f"{name} {_short(flat[1].get(name))} instead of {_short(flat[0].get(name))}" for name in differ[:SHOWN]]
    place = f"uuid {_short(after['uuid'])}: " if "uuid" in after else ""
    return f" ({place}{', '.join(told)})" if told else ""


def _flat(document: dict[str, Any]) -> dict[str, Any]:
    inner = document.get("metrics")
    return {
        **document,
        **({f"metrics.{k}": v for k, v in inner.items()} if isinstance(inner, dict) else {}),
        "metrics": 0,
    }


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
