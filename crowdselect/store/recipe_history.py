"""Earlier versions of saved recipes: recipes/NAME.history/ holds each, under the moment at which it was saved."""

import contextlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.export.write import write_whole
from crowdselect.recipe import Recipe
from crowdselect.store.workspace import Workspace

MOST = 20  # versions of a recipe; the oldest goes first
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Version:
    """One earlier version. `recipe` is None where its file cannot be used."""

    id: str
    saved: datetime  # UTC
    recipe: Recipe | None


def keep(workspace: Workspace, name: str) -> None:
    """Puts the saved recipe `name`, which is about to be replaced, among its earlier versions."""
    file, folder = workspace.recipes / f"{name}.yaml", _folder(workspace, name)
    moment = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    while (folder / f"{moment.strftime(_STAMP)}.yaml").exists():
        moment += timedelta(microseconds=1)
    write_whole(folder / f"{moment.strftime(_STAMP)}.yaml", [file.read_bytes()])
    for old in list(_files(workspace, name))[MOST:]:
        old.unlink(missing_ok=True)


def history(workspace: Workspace, name: str) -> list[Version]:
    """The earlier versions of a recipe, the latest first."""
    return [Version(file.stem, moment, _usable(file)) for file, moment in _files(workspace, name).items()]


def earlier(workspace: Workspace, name: str, version: str) -> Recipe:
    """One of them. UserError where there is none of that id, or it cannot be used."""
    known = {file.stem: file for file in _files(workspace, name)}
    if version not in known:
        raise UserError(f"Recipe {name!r} has no earlier version {version!r}; it may have been dropped for newer ones.")
    return Recipe.read(known[version])


def carry(workspace: Workspace, name: str, new_name: str) -> None:
    """The history goes with a recipe that is renamed; the one that was under the new name is forgotten."""
    forget(workspace, new_name)
    if _folder(workspace, name).is_dir():
        _folder(workspace, name).rename(_folder(workspace, new_name))


def forget(workspace: Workspace, name: str) -> None:
    folder = _folder(workspace, name)
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)


def _folder(workspace: Workspace, name: str) -> Path:
    return workspace.recipes / f"{name}.history"


def _files(workspace: Workspace, name: str) -> dict[Path, datetime]:
    """Newest first; what is not named by a moment is none of ours."""
    found = {}
    for file in sorted(_folder(workspace, name).glob("*.yaml"), reverse=True):
        with contextlib.suppress(ValueError):
            found[file] = datetime.strptime(file.stem, _STAMP).replace(tzinfo=UTC)
    return found


def _usable(file: Path) -> Recipe | None:
    try:
        return Recipe.read(file)
    except UserError:
        return None
