"""Which files a path means, and which format each of them has."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers import alpacaeval, parquet_file
from crowdselect.importers.lines import Trouble, lines
from crowdselect.importers.registry import IMPORTERS
from crowdselect.importers.rows import container, rows
from crowdselect.importers.source import Source

AUTO = "auto"
DATA = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
FAMILIES_HEADER = b"model,family,params_b"
SAMPLE_ROWS = 50


def sources(path: Path, format: str = AUTO) -> list[Source]:
    """The files to read at `path`, a file or a folder, in the order of their names.

    A folder without data of its own stands for its subfolders, as a downloaded data set keeps its files in one.
    A file whose format cannot be told is a UserError when it is named itself; in a folder its format is None, and it
    becomes a reject.
    """
    if format not in (AUTO, *IMPORTERS):
        raise UserError(f"Unknown format {format!r}; choose one of {', '.join((AUTO, *sorted(IMPORTERS)))}.")
    try:
        if path.is_dir():
            return _folder(path, format)
        if not path.is_file():
            raise UserError(f"There is no file or folder {str(path)!r}; check the path.")
        if _is_families(path):
            raise UserError(f"{path.name} lists models and their families, not data; give it with --families.")
        found, reason = (format, None) if format != AUTO else _format(path)
        if reason and reason != WHOLE:
            raise UserError(reason)
        return [Source(path, path.name, found)]
    except OSError as error:
        raise UserError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from None


def families_file(path: Path) -> Path | None:
    """The families file (columns model, family, params_b) of a folder: families.csv, else the first by name."""
    if not path.is_dir():
        return None
    found = [file for file in sorted(path.glob("*.csv")) if file.is_file() and _is_families(file)]
    return next((file for file in found if file.name == "families.csv"), found[0] if found else None)


def reason_of(path: Path) -> str:
    """Why the format of a file cannot be told."""
    trouble = _unreadable(path)
    return trouble.reason if trouble else str(_format(path)[1])


def _folder(path: Path, format: str) -> list[Source]:
    if format in (AUTO, "alpacaeval") and (models := alpacaeval.results(path)):
        return models
    files = _data(path, "*") or _data(path, "**/*")
    if not files:
        raise UserError(f"No data in {str(path)!r}: no *{', *'.join(DATA)} and no AlpacaEval results.")
    return [
        Source(file, file.relative_to(path).as_posix(), format if format != AUTO else _format(file)[0])
        for file in files
    ]


def _data(folder: Path, pattern: str) -> list[Path]:
    """The data files there, by name; hidden files and folders are left alone."""
    return sorted(
        file
        for file in folder.glob(pattern)
        if file.name.lower().endswith(DATA)
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
        and not _is_families(file)
    )


WHOLE = "unreadable"


def _format(path: Path) -> tuple[str | None, str | None]:
    """(format, None), or (None, why it cannot be told); WHOLE where reading the file says why."""
    if _unreadable(path):
        return None, WHOLE
    seen = dict[str, None]()
    empty = True
    for fields in _samples(path):
        empty = False
        if fields is None:
            continue
        seen |= dict.fromkeys(fields)
        for name, importer in IMPORTERS.items():
            if importer.recognises(fields):
                return name, None
    if empty:
        return "long", None
    names = ", ".join(name[:40] for name in list(seen)[:8]) or "no row that can be read"
    return None, (
        f"Cannot tell the format of {path.name} (seen: {names}); name it with --format: {', '.join(sorted(IMPORTERS))}."
    )


def _unreadable(path: Path) -> Trouble | None:
    """Why no row of the file can be read, where that shows at its start."""
    if container(path) == "parquet":
        schema = parquet_file.schema(path)
        return schema if isinstance(schema, Trouble) else None
    _, first = next(lines(path), (0, b""))
    return first if isinstance(first, Trouble) and first.whole else None


def _samples(path: Path) -> Iterator[dict[str, Any] | None]:
    """The first rows' fields (None for one that cannot be read); of Parquet, the schema as an example row."""
    if container(path) == "parquet":
        schema = parquet_file.schema(path)
        if not isinstance(schema, Trouble):
            yield {field.name: _example(field.type) for field in schema}
        return
    for row in islice(rows(path), SAMPLE_ROWS):
        yield row.fields if isinstance(row.fields, dict) else None


def _example(kind: pa.DataType) -> Any:
    if pa.types.is_struct(kind):
        return {field.name: _example(field.type) for field in kind}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_example(kind.value_type)]
    return ""


def _is_families(path: Path) -> bool:
    if not path.name.lower().endswith(".csv"):
        return False
    with path.open("rb") as file:
        head = file.readline(200)
    return head.removeprefix(b"\xef\xbb\xbf").strip().replace(b'"', b"").replace(b" ", b"") == FAMILIES_HEADER
