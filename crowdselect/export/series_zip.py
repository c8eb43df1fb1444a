"""A series of selections as one zip: the files that `select --sizes --seeds` writes, byte for byte."""

import hashlib
from collections.abc import Mapping

from crowdselect.export.bundle import zipped
from crowdselect.export.lines import export_lines
from crowdselect.export.manifest import manifest
from crowdselect.selection import Selection
from crowdselect.store.build import Build


def series_zip(stem: str, selections: Mapping[str, Selection], build: Build) -> bytes:
    """STEM-100.jsonl, its manifest and so on; `selections` by what `series` adds to a file's name."""
    files: dict[str, bytes] = {}
    for name, selection in selections.items():
        lines = b"".join(export_lines(selection, build))
        record = manifest(selection, build, f"{stem}{name}.jsonl", hashlib.sha256(lines).hexdigest())
        files |= {f"{stem}{name}.jsonl": lines, f"{stem}{name}.manifest.json": record.to_json()}
    return zipped(files)
