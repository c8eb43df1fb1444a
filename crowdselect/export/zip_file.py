"""Zips of files of any size, none of which is held in memory; the same bytes for the same files."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: no clock is part of its bytes
HELD = 1 << 23  # bytes of a temporary file that stay in memory; the rest is on disk
AT_ONCE = 1 << 20  # bytes that are copied together


class Part:
    """A file of the zip while it is made."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(HELD)  # noqa: SIM115  closed when the part is let go
        self._digest = hashlib.sha256()
        for line in lines:
            self.write(line)

    def write(self, line: bytes) -> None:
        self.file.write(line)
        self._digest.update(line)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def write_zip(out: IO[bytes], files: Iterable[tuple[str, bytes | Part]]) -> None:
    """The files in the order given, without a clock, an owner or anything else of the machine that made it."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, WHEN)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            if isinstance(content, bytes):
                archive.writestr(entry, content)
                continue
            entry.file_size = content.file.tell()
            content.file.seek(0)
            with archive.open(entry, "w") as to:
                shutil.copyfileobj(content.file, to, AT_ONCE)


def parts_of(make: Callable[[IO[bytes]], object]) -> Iterator[bytes]:
    """What `make` writes, a part at a time once all of it is written."""
    with SpooledTemporaryFile(HELD) as file:
        make(file)
        file.seek(0)
        while part := file.read(AT_ONCE):
            yield part
