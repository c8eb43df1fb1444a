"""What a browser sends, made a plain file of the workspace: its name is tamed, its type told by its bytes."""

import hashlib
import os
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import Protocol

import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers.foreign import foreign
from crowdselect.importers.parquet_size import decoded_size
from crowdselect.store import Workspace
from crowdselect.store.recipes import safe_name

MOST_MB = 20  # as sent
MOST_DECODED_MB = 200  # once unpacked
PIECE = 1 << 20
HEAD = 512  # bytes that tell a type; a tar archive names itself at 257

# What the name may end in, by what the bytes are. The first is added where the name says something else.
ENDINGS = {
    "parquet": (".parquet",),
    "npy": (".npy",),
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "text": (".csv", ".txt", ".jsonl"),
}


class Uploaded(Protocol):
    """What the page's uploader hands over."""

    name: str

    def getvalue(self) -> bytes: ...


def stored(upload: Uploaded, workspace: Workspace) -> str:
    """Writes the upload to the workspace's folder `uploads`, whole or not at all; its path.

    A file of that name with other content stays, and the new one is named by its content as well. UserError for what
    is refused: too large, an archive, or small only until it is unpacked.
    """
    content = upload.getvalue()
    name = file_name(upload.name, content)
    check(name, content)
    folder = workspace.path / "uploads"
    file = folder / name
    if file.exists() and file.read_bytes() != content:
        stem, dot, ending = name.partition(".")
        file = folder / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{dot}{ending}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            beside = folder / f".{file.name}.{os.getpid()}.tmp"
            beside.write_bytes(content)
            os.replace(beside, file)
    except OSError as error:
        raise UserError(f"The upload cannot be stored in {folder}: {error.strerror}. Make room, then repeat.") from None
    return str(file)


def file_name(sent: str, content: bytes) -> str:
    """One plain file name inside a folder, whatever was sent; its ending is what the content is."""
    last = PureWindowsPath(PurePosixPath(sent).name).name
    name = safe_name(last).removesuffix(".gz") if last.strip(" .") else "upload"
    packed = content.startswith(b"\x1f\x8b")
    endings = ENDINGS[kind(_head(content))]
    if not name.lower().endswith(endings):
        name += endings[0]
    return f"{name}.gz" if packed else name


def kind(head: bytes) -> str:
    """What the first bytes of a file are: one of ENDINGS."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"[": "json", b"{": "jsonl"}.get(first, "text")


def check(name: str, content: bytes) -> None:
    """UserError for what is not taken in, without holding more of it than was sent."""
    if len(content) > MOST_MB << 20:
        raise UserError(f"{name} is larger than {MOST_MB} MB; put it on this machine's disk and give its path.")
    if not content:
        raise UserError(f"{name} is empty; choose another file.")
    head = _head(content)
    other = foreign(head)
    if other and kind(head) != "npy":
        raise UserError(f"{name} is {other.name}; {other.remedy}.")
    if content.startswith(b"\x1f\x8b") and _unpacks_beyond(content, MOST_DECODED_MB << 20):
        raise UserError(f"{name} unpacks to more than {MOST_DECODED_MB} MB; unpack it on this machine, give its path.")
    if head.startswith(b"PAR1"):
        _check_parquet(name, content)


def _check_parquet(name: str, content: bytes) -> None:
    try:
        size = decoded_size(content, MOST_DECODED_MB << 20)
    except (pa.ArrowException, OSError):
        return  # reading it says what is wrong
    if size > MOST_DECODED_MB << 20:
        raise UserError(
            f"{name} holds more than {MOST_DECODED_MB} MB once it is read; that is not taken from a browser: put it on"
            " this machine's disk and give its path."
        )


def _head(content: bytes) -> bytes:
    """The first bytes, unpacked."""
    if not content.startswith(b"\x1f\x8b"):
        return content[:HEAD]
    try:
        return zlib.decompressobj(wbits=31).decompress(content, HEAD)
    except zlib.error:
        return b""


def _unpacks_beyond(content: bytes, most: int) -> bool:
    """Whether a gzip file, which may have several members, holds more than `most` bytes."""
    total = 0
    try:
        while content.startswith(b"\x1f\x8b"):
            unpack = zlib.decompressobj(wbits=31)
            total += len(unpack.decompress(content, PIECE))
            while total <= most and not unpack.eof and unpack.unconsumed_tail:
                total += len(unpack.decompress(unpack.unconsumed_tail, PIECE))
            if total > most:
                return True
            content = unpack.unused_data
    except zlib.error:
        return False  # reading it says where it is damaged
    return False
