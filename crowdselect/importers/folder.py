"""The data files of a folder and of the folders in it, and what is left out there, with the reason."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.importers.foreign import foreign_file
from crowdselect.importers.labels import label

PLAIN = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
DATA = PLAIN + tuple(f"{ending}.gz" for ending in PLAIN)
SAVED_DATA = (
    "what Dataset.save_to_disk wrote; write it as Parquet: datasets.load_from_disk(FOLDER).to_parquet(FILE), each split"
)
SAVED = ("dataset_dict.json", "state.json")  # what Dataset.save_to_disk leaves beside its Arrow files


@dataclass
class Folder:
    """The data files by path, and the label of each entry that was left out, with the reason."""

    files: list[Path] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def leave(self, path: Path, top: Path, reason: str) -> None:
        self.left_out.append((label(path.relative_to(top)), reason))


def look_through(top: Path) -> Folder:
    """Every file below `top`, through links as well; each folder once. UserError where save_to_disk wrote `top`."""
    found = Folder()
    for path in _entries(top, found, top, {_identity(top)}):
        reason = _reason(path)
        if reason:
            found.leave(path, top, reason)
        else:
            found.files.append(path)
    found.files.sort(key=lambda path: path.relative_to(top).as_posix())
    found.left_out.sort()
    return found


def _entries(folder: Path, found: Folder, top: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """The files below `folder`; folders that are left out are noted in `found`."""
    names = sorted(os.listdir(folder))
    if SAVED[0] in names or (SAVED[1] in names and any(name.endswith(".arrow") for name in names)):
        if folder == top:
            raise UserError(f"{label(folder)} is {SAVED_DATA}.")
        found.leave(folder, top, SAVED_DATA)
        return
    for name in names:
        path = folder / name
        if not path.is_dir():
            yield path
        elif name.startswith("."):
            found.leave(path, top, "a hidden folder")
        elif _identity(path) in seen:
            found.leave(path, top, "a link to a folder that is read already")
        elif not os.access(path, os.R_OK | os.X_OK):
            found.leave(path, top, "a folder that may not be read")
        else:
            seen.add(_identity(path))
            yield from _entries(path, found, top, seen)


def _identity(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_dev, state.st_ino


def _reason(path: Path) -> str | None:
    """Why the file is left out; None where it is data."""
    if path.is_symlink() and not path.exists():
        return f"a broken link to {label(os.readlink(path))}"
    if not path.is_file():
        return "no plain file"
    if path.name.startswith("."):
        return "hidden"
    if not os.access(path, os.R_OK):
        return "may not be read"
    if path.name.lower().endswith(DATA):
        return None
    if kind := foreign_file(path):
        return f"it is {kind.name}; {kind.remedy}"
    return f"its ending is none of {', '.join(PLAIN)} (or one of these with .gz)"
