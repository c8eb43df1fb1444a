"""Where a workspace keeps its files."""

import re
from dataclasses import dataclass
from pathlib import Path

from crowdselect.settings import setting

BUILD_NAME = re.compile(r"[0-9]{4,18}\.duckdb")
LONGEST_ID = 32  # bytes


@dataclass(frozen=True)
class Workspace:
    """One directory: the writer's database, the published builds, and the files that people make."""

    path: Path

    @classmethod
    def of(cls, path: Path | str | None = None) -> "Workspace":
        """The workspace at `path`, else at the setting `workspace`."""
        return cls(Path(path if path is not None else setting("workspace")).expanduser().resolve())

    @property
    def work_db(self) -> Path:
        return self.path / "work.duckdb"

    @property
    def lock(self) -> Path:
        return self.path / "work.lock"

    @property
    def builds(self) -> Path:
        return self.path / "builds"

    @property
    def current(self) -> Path:
        """The file that names the newest build."""
        return self.path / "CURRENT"

    @property
    def rejects(self) -> Path:
        return self.path / "rejects"

    @property
    def recipes(self) -> Path:
        return self.path / "recipes"

    @property
    def exports(self) -> Path:
        return self.path / "exports"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def downloads(self) -> Path:
        return self.path / "downloads"

    @property
    def progress(self) -> Path:
        """What the writer is doing, rewritten as it goes."""
        return self.logs / "progress.json"

    def build(self, build_id: str) -> Path:
        return self.builds / f"{build_id}.duckdb"

    def build_ids(self) -> list[str]:
        """The published builds, newest first."""
        if not self.builds.is_dir():
            return []
        names = [file.name for file in self.builds.iterdir() if BUILD_NAME.fullmatch(file.name)]
        return sorted((name.removesuffix(".duckdb") for name in names), key=int, reverse=True)

    def current_build(self) -> str | None:
        """The id that CURRENT names; None where it is not there, or names none."""
        try:
            build_id = self.current.read_bytes()[:LONGEST_ID].decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return build_id if BUILD_NAME.fullmatch(f"{build_id}.duckdb") else None

    def builds_to_try(self) -> list[str]:
        """The builds in the order in which a reader takes them: the one that CURRENT names, then newest first."""
        current = self.current_build()
        others = [build_id for build_id in self.build_ids() if build_id != current]
        return [current, *others] if current is not None else others
