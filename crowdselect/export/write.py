"""Writes an export and its manifest, so that either both are there whole or the old ones stay."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import Manifest, manifest
from crowdselect.selection import Selection
from crowdselect.store.build import Build
from crowdselect.store.shortage import of_disk


def manifest_path(file: Path) -> Path:
    """chosen.jsonl -> chosen.manifest.json"""
    return file.with_name(file.name.removesuffix(".jsonl") + ".manifest.json")


def write_export(selection: Selection, build: Build, file: Path) -> Manifest:
    """Writes `file` and its manifest. UserError where the disk refuses."""
    digest = hashlib.sha256()

    def hashed() -> Iterable[bytes]:
        for line in export_lines(selection, build):
            digest.update(line)
            yield line

    write_whole(file, hashed())
    record = manifest(selection, build, file.name, digest.hexdigest())
    write_whole(manifest_path(file), [record.to_json()])
    return record


def write_whole(file: Path, parts: Iterable[bytes]) -> None:
    """The file out of its parts, whole or not at all."""
    with replaced(file) as out:
        out.writelines(parts)


@contextlib.contextmanager
def replaced(file: Path) -> Iterator[IO[bytes]]:
    """Writes beside and renames: a reader sees the old file or the new one, never half of it."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, file)
    except OSError as error:
        room = of_disk(error, file.parent) if file.parent.is_dir() else None
        raise UserError(f"Cannot write {file}: {room or error.strerror}, or choose another --out.") from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
