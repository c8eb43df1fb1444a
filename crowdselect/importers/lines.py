"""The lines of a plain or gzipped file, streamed: whatever it holds, memory stays near the longest line allowed."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from crowdselect.importers.foreign import HEAD, foreign
from crowdselect.settings import number

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a line, or (`whole`) the file, cannot be read."""

    reason: str
    whole: bool = False


def lines(path: Path) -> Iterator[tuple[int, bytes | Trouble]]:
    """Each line's number (1-based) and bytes, without its newline or the byte order mark; or what is wrong with it.

    Lines end with a newline, or with a carriage return where the file has no newline near its start. A longer one than
    the setting max_line_mb is skipped without being held.
    """
    limit = int(number("max_line_mb") * 2**20)
    too_long = Trouble(f"longer than {number('max_line_mb'):g} MB (raise CROWDSELECT_MAX_LINE_MB to read it)")
    count, size, pending = 0, 0, list[bytes]()
    end = b""
    for block in blocks(path):
        if isinstance(block, Trouble):
            yield count + 1, block
            return
        end = end or line_end(block)
        *ended, rest = block.split(end)
        for piece in ended:
            count += 1
            if size + len(piece) > limit:
                yield count, too_long
            else:
                pending.append(piece)
                yield count, b"".join(pending)
            size, pending = 0, []
        size += len(rest)
        if size > limit:
            pending = []
        elif rest:
            pending.append(rest)
    if size:
        yield count + 1, too_long if size > limit else b"".join(pending)


def line_end(head: bytes) -> bytes:
    """What ends the lines of a file that begins like this. A last carriage return may belong to a newline to come."""
    return b"\r" if b"\n" not in head and b"\r" in head[:-1] else b"\n"


def blocks(path: Path) -> Iterator[bytes | Trouble]:
    """The file's bytes in blocks, unpacked and without a byte order mark; a last Trouble where they cannot be read."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        first = True
        while True:
            try:
                block = file.read1(BLOCK) if packed else file.read(BLOCK)  # type: ignore[attr-defined]
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                yield Trouble(f"the gzip file is cut off or damaged here ({error}); what follows is lost")
                return
            if first and (trouble := _no_rows(block)):
                yield trouble
                return
            if not block:
                return
            yield block.removeprefix(b"\xef\xbb\xbf") if first else block
            first = False


def _no_rows(head: bytes) -> Trouble | None:
    """Files of other kinds are named. UTF-16 and UTF-32 give themselves away by their mark, or by NULs beside ASCII."""
    if kind := foreign(head[:HEAD]):
        return Trouble(f"it is {kind.name}; {kind.remedy}", whole=True)
    wide = "UTF-32" if head[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff") else "UTF-16"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (wide == "UTF-32") or (b"\0" in head[:2] and head[:4] != b"PAR1"):
        return Trouble(f"{wide}, not UTF-8; convert it with: iconv -f {wide} -t UTF-8 IN > OUT", whole=True)
    return None
