"""What files are called in messages, tables and rejects: their names, made harmless."""

from pathlib import Path


def label(path: Path | str) -> str:
    """A file's name or path as a text of printable characters: odd bytes and control characters are spelled out."""
    name = path.as_posix() if isinstance(path, Path) else path
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
