"""A series of selections as one zip: the files that `select --sizes --seeds` writes, byte for byte."""

from collections.abc import Iterator, Mapping
from typing import IO

from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import manifest
from crowdselect.export.zip_file import Part, write_zip
from crowdselect.selection import Selection
from crowdselect.store.build import Build


def series_zip(stem: str, selections: Mapping[str, Selection], build: Build, out: IO[bytes]) -> None:
    """STEM-100.jsonl, its manifest and so on; `selections` by what `series` adds to a file's name."""
    write_zip(out, _files(stem, selections, build))


def _files(stem: str, selections: Mapping[str, Selection], build: Build) -> Iterator[tuple[str, bytes | Part]]:
    """One after the other, in the order of their names."""
    for name in sorted(selections, key=lambda name: f"{name}."):
        lines = Part(export_lines(selections[name], build))
        record = manifest(selections[name], build, f"{stem}{name}.jsonl", lines.sha256)
        yield f"{stem}{name}.jsonl", lines
        yield f"{stem}{name}.manifest.json", record.to_json()
