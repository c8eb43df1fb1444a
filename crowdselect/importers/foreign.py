"""What a file is that holds no rows as they are read here, told by its first bytes; and what to do about it."""

import codecs
from dataclasses import dataclass
from pathlib import Path

HEAD = 512  # bytes that tell; a tar archive names itself at 257
UNPACK = "unpack it and give the files in it"


@dataclass(frozen=True)
class Foreign:
    """A kind of file: the bytes that it has at `at`, what it is called, and the remedy; `text` where it is a text."""

    mark: bytes
    name: str
    remedy: str
    at: int = 0
    text: bool = False


KINDS = (
    Foreign(b"version https://git-lfs", "a git LFS pointer", "fetch the file itself with: git lfs pull", text=True),
    Foreign(b"PK\x03\x04", "a zip archive or an Office document", f"{UNPACK}, or save the sheet as CSV"),
    Foreign(b"PK\x05\x06", "an empty zip archive", "give the files themselves"),
    Foreign(b"\xfd7zXZ\x00", "compressed with xz", "unpack it with: xz -d FILE"),
    Foreign(b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it with: zstd -d FILE"),
    Foreign(b"BZh", "compressed with bzip2", "unpack it with: bzip2 -d FILE"),
    Foreign(b"\x04\x22\x4d\x18", "compressed with lz4", "unpack it with: lz4 -d FILE"),
    Foreign(b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    Foreign(b"Rar!", "a rar archive", UNPACK),
    Foreign(b"ustar", "a tar archive", UNPACK, at=257),
    Foreign(b"PARE", "an encrypted Parquet file", "write it without encryption"),
    Foreign(b"ARROW1", "an Arrow file", "write it as Parquet, such as with Dataset.to_parquet"),
    Foreign(b"FEA1", "a Feather file", "write it as Parquet"),
    Foreign(b"\xff\xff\xff\xff", "an Arrow stream", "write it as Parquet, such as with Dataset.to_parquet"),
    Foreign(b"ORC", "an ORC file", "write it as Parquet"),
    Foreign(b"Obj\x01", "an Avro file", "write it as Parquet"),
    Foreign(b"SQLite format 3\x00", "an SQLite database", "export the table as CSV or Parquet"),
    Foreign(b"DUCK", "a DuckDB database", "export the table as Parquet: COPY t TO 'FILE.parquet'", at=8),
    Foreign(b"\x89HDF", "an HDF5 file", "write it as Parquet"),
    Foreign(b"\x93NUMPY", "a NumPy array", "write it as Parquet (embeddings: attach embeddings)"),
    Foreign(b"\xd0\xcf\x11\xe0", "an Office document", "save the sheet as CSV"),
    Foreign(b"%PDF", "a PDF document", "give its data as JSONL, CSV or Parquet", text=True),
    *(
        Foreign(b"\x80" + bytes([version]), "a Python pickle, which runs code when it is read", "write it as Parquet")
        for version in range(2, 6)
    ),
)
MARKUP = Foreign(b"<", "an HTML or XML page", "download the file itself (a link to its raw content)")
PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg", b"<body")


def foreign(head: bytes) -> Foreign | None:
    """The kind of a file with these first bytes; None where it may hold rows."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    if text.startswith(PAGES):
        return MARKUP
    kinds = [kind for kind in KINDS if kind.text or not _is_text(head)]  # a text may begin with letters like a mark
    return next((kind for kind in kinds if head[kind.at :].startswith(kind.mark)), None)


def _is_text(head: bytes) -> bool:
    """Whether the bytes are UTF-8 (the last character may be cut) without control characters but white space."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(character < " " and not character.isspace() for character in text)


def foreign_file(path: Path) -> Foreign | None:
    """The same of a file."""
    with path.open("rb") as file:
        return foreign(file.read(HEAD))
