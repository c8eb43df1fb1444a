"""CSV rows as the long form's fields: columns named `score:<reward model>` become its scores."""

import csv
import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from crowdselect.importers.lines import Trouble, lines
from crowdselect.settings import number

SCORE = "score:"
DELIMITERS = (",", ";", "\t")


class _Broken(Exception):  # noqa: N818  carries a Trouble through the csv module
    def __init__(self, line: int, trouble: Trouble):
        self.line, self.trouble = line, trouble


def read(path: Path) -> Iterator[tuple[int, int, dict[str, Any] | Trouble]]:
    """(first line, last line, fields or what is wrong) of each row after the header; a cell may hold newlines.

    Cells are parted by the comma, semicolon or tab that parts the header most.
    """
    csv.field_size_limit(int(number("max_line_mb") * 2**20))
    texts = _texts(path)
    skipped, reader = 0, csv.reader(iter(()))
    header: list[str] | None = None
    try:
        skipped, delimiter, texts = _opened(texts)
        reader = csv.reader(texts, strict=True, delimiter=delimiter)
    except _Broken as broken:
        yield broken.line, broken.line, broken.trouble
        return
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _Broken as broken:
            reason = broken.trouble.reason if broken.trouble.whole else f"{broken.trouble.reason}; reading stops here"
            yield broken.line, broken.line, Trouble(reason, broken.trouble.whole)
            return
        except csv.Error as error:
            # A cell without end may be a quote that was never closed: what follows could be rows or its text.
            endless = "limit" in str(error)
            reason = f"not CSV ({error}){'; reading stops here' if endless else ''}"
            yield line, skipped + reader.line_num, Trouble(reason, whole=header is None)
            if endless or header is None:
                return
            continue
        if not any(cells):
            continue
        last = skipped + reader.line_num
        if not _is_utf8(cells):
            yield line, last, Trouble("not UTF-8", whole=header is None)
        elif header is not None:
            yield line, last, _fields(header, cells)
        else:
            names = [name if name.strip() else f"column {place}" for place, name in enumerate(cells, 1)]
            if twice := next((name for name in names if names.count(name) > 1), None):
                yield line, last, Trouble(f"two columns of the header are called {twice[:80]!r}", whole=True)
            else:
                header = names
        if header is None:
            return


def _texts(path: Path) -> Iterator[str]:
    for count, line in lines(path):
        if isinstance(line, Trouble):
            raise _Broken(count, line)
        yield line.decode("utf-8", "surrogateescape") + "\n"


def _opened(texts: Iterator[str]) -> tuple[int, str, Iterator[str]]:
    """The lines before the header (Excel's `sep=;`), the delimiter, and the lines from the header on."""
    first = next(texts, "")
    if first.lower().startswith("sep=") and first[4:5] in DELIMITERS and not first[5:].strip():
        return 1, first[4], texts
    delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
    return 0, delimiter, chain([first] if first else [], texts)


def _is_utf8(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _fields(header: list[str], cells: list[str]) -> dict[str, Any] | Trouble:
    """An empty cell is a missing value, but the answer of a model that is named may be empty."""
    if any(cells[len(header) :]) or len(cells) < len(header):
        return Trouble(f"{len(cells)} cells, but the header has {len(header)}")
    row = dict(zip(header, cells, strict=False))  # empty cells beyond the header are a spreadsheet's trailing commas
    fields: dict[str, Any] = {name: cell or None for name, cell in row.items() if not name.startswith(SCORE)}
    if row.get("model") and "response" in row:
        fields["response"] = row["response"]
    scores = {name[len(SCORE) :]: _score(cell) for name, cell in row.items() if name.startswith(SCORE)}
    return fields | ({"scores": scores} if scores else {})


def _score(cell: str) -> float | str | None:
    """A number where the cell holds a finite one; other text stays, to be refused by name."""
    if not cell.strip():
        return None
    try:
        value = float(cell.replace("_", "?"))  # Python takes 1_000 for a number; CSV does not
    except ValueError:
        return cell
    return value if math.isfinite(value) else cell
