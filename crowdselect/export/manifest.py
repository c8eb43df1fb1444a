"""What stands beside every exported file: all that is needed to make it again, and to say why it differs."""

import platform
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crowdselect import __version__
from crowdselect.errors import UserError
from crowdselect.export import EXPORTERS
from crowdselect.export.commit import commit
from crowdselect.notes import notes
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.store.build import Build

VERSION = 2
MAX_BYTES = 5_000_000
PACKAGES = ("numpy", "scipy", "duckdb", "pyarrow", "orjson", "pydantic")


class File(BaseModel):
    """One file of an export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    rows: int  # lines
    sha256: str


class Manifest(BaseModel):
    """Written beside an export, as FILE.manifest.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    manifest_version: Annotated[int, Field(ge=1, le=VERSION)] = 1
    file: str  # the first of `files`, with its rows and SHA-256
    format: str
    rows: int
    # instructions left out before choosing, for want of a pair within the recipe's limits; None without pairs
    unpaired: int | None = None
    notes: tuple[str, ...] = ()  # such as a quota that gave way, or an upper limit that was not reached
    sha256: str
    files: tuple[File, ...] = ()  # every file, in the order of writing; version 1 knew only one
    methods: dict[str, int] = {}  # the version of each method that chose (crowdselect.methods); version 1: all 1
    recipe: dict[str, Any]
    build: str
    dataset: str  # content digest of everything in the build
    digests: dict[str, str]  # content digest of each table
    synthetic: bool
    versions: dict[str, str]
    commit: str | None = None  # of the source that made it; None where that was no checkout, or an older manifest

    def all_digests(self) -> dict[str, str]:
        """As a build has them: of each table, and `dataset` over all of them."""
        return {**self.digests, **({"dataset": self.dataset} if self.dataset else {})}

    def to_json(self) -> bytes:
        return orjson.dumps(self.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        try:
            return cls.parse(path.read_bytes(), str(path))
        except OSError as error:
            raise UserError(f"Cannot read the manifest {path}: {error.strerror}.") from None

    @classmethod
    def parse(cls, content: bytes, name: str) -> "Manifest":
        """UserError, with `name` for the file, where `content` is too large or not a manifest's."""
        if len(content) > MAX_BYTES:
            raise UserError(f"{name} has {len(content):,} bytes; a manifest has at most {MAX_BYTES:,}.")
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in problem["loc"]) or "the file"
            raise UserError(f"{name} is not a manifest: {where}: {problem['msg']}.") from None


def manifest(selection: Selection, build: Build, file: str, sha256: str) -> Manifest:
    """The manifest of an export of `selection` with that content."""
    digests = build.digests()
    only = File(file=file, rows=len(selection) * EXPORTERS[selection.recipe.export.format].lines, sha256=sha256)
    return Manifest(
        manifest_version=VERSION,
        file=only.file,
        format=selection.recipe.export.format,
        rows=only.rows,
        unpaired=selection.unpaired if selection.recipe.pairing else None,
        notes=tuple(notes(selection)),
        sha256=only.sha256,
        files=(only,),
        methods=dict(selection.candidates.methods),
        recipe=selection.recipe.model_copy(update={"data": None}).document(),  # the digests below say it in full
        build=build.id,
        dataset=digests.get("dataset", ""),
        digests={name: digest for name, digest in digests.items() if name != "dataset"},
        synthetic=selection.candidates.pool.synthetic,
        versions=versions(),
        commit=commit(),
    )


def versions() -> dict[str, str]:
    """What the bytes may depend on: CrowdSelect, Python and the packages that compute or write."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    return {"crowdselect": __version__, "python": platform.python_version(), **packages}


def recipe_of(manifest: Manifest) -> Recipe:
    return Recipe.parse(manifest.recipe)
