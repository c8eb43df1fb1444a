"""How a file holds its rows: parquet, JSON a line, other JSON, or CSV. Its content tells, whatever its name is."""

from pathlib import Path

from crowdselect.importers.json_values import LENIENT, is_object_of_lists
from crowdselect.importers.lines import Trouble, blocks, line_end
from crowdselect.importers.strict_json import parse

HEAD = 1 << 20  # bytes that are looked at
FIRST_LINES = 20
CSV = (".csv", ".tsv")
COLUMNS = {b"instruction", b"prompt", b"uuid", b"instruction_id", b"id"}  # one of them heads a CSV file of another name


def container(path: Path) -> str:
    """parquet | jsonl | json | csv; jsonl for what cannot be read, as its reader says why."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    match head.lstrip()[:1]:
        case b"":
            return "jsonl"
        case b"[" | b"{":
            return "jsonl" if _by_lines(head) else "json"
    if path.name.lower().removesuffix(".gz").endswith(CSV):
        return "csv"
    first, *others = head.split(line_end(head), FIRST_LINES)[:FIRST_LINES]
    return "csv" if _is_header(first) and not any(map(_is_object, others)) else "jsonl"


def bare(line: bytes) -> bytes:
    """A line without white space at its ends and the comma of a list; nothing where it is a list's bracket."""
    text = line.strip()
    return b"" if text in (b"[", b"]", b",", b"],") else text.removesuffix(b",").rstrip()


def _head(path: Path) -> bytes:
    """The first bytes; nothing where they are no rows."""
    head = b""
    for block in blocks(path):
        if isinstance(block, Trouble):
            break
        head += block
        if len(head) >= HEAD:
            break
    return head


def _by_lines(head: bytes) -> bool:
    """Whether each line is an object: the first is, or else no value spans several lines and a later line is one."""
    text = head.lstrip().decode("utf-8", "replace")
    lines = [line for line in head.lstrip().split(line_end(head), FIRST_LINES)[:FIRST_LINES] if bare(line)]
    if not lines:
        return False
    is_object = text.startswith("{")
    if is_object and _holds_lists(text):
        return False
    if _is_object(lines[0]):
        return True
    later = any(_is_object(line) for line in lines[1:] if not line[:1].isspace())
    try:
        _, stop = LENIENT.raw_decode(text)
    except (ValueError, RecursionError):  # broken, or longer than what is looked at
        return later or (is_object and lines[0].strip() != b"{")
    if text[stop:].lstrip(" \t\r")[:1] in ("{", "[", ","):
        return False
    return line_end(head).decode() not in text[:stop] and (is_object or later)


def _holds_lists(text: str) -> bool:
    try:
        return is_object_of_lists(text)
    except (ValueError, RecursionError):
        return False


def _is_object(line: bytes) -> bool:
    try:
        parse(bare(line))
    except ValueError:
        return False
    return True


def _is_header(line: bytes) -> bool:
    if line.lower().startswith(b"sep="):
        return True
    cells = line.strip().replace(b'"', b"").replace(b";", b",").replace(b"\t", b",").split(b",")
    return not COLUMNS.isdisjoint(cell.strip().lower() for cell in cells)
