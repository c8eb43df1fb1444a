"""Which files a path means, and which format each of them has."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers import alpacaeval, parquet_file
from crowdselect.importers.fields import CHAT_FIELDS, FROM_CHAT, FROM_OTHERS
from crowdselect.importers.folder import PLAIN, look_through
from crowdselect.importers.labels import label
from crowdselect.importers.lines import Trouble, lines
from crowdselect.importers.registry import IMPORTERS
from crowdselect.importers.rows import container, rows
from crowdselect.importers.source import Source

AUTO = "auto"
FAMILIES_HEADER = b"model,family,params_b"
SAMPLE_ROWS = 50


@dataclass(frozen=True)
class Listing:
    """The files to read, and what is left out: (label, reason)."""

    sources: list[Source]
    left_out: list[tuple[str, str]]


def sources(path: Path, format: str = AUTO) -> list[Source]:
    """The files to read at `path`, as `listing` finds them."""
    return listing(path, format).sources


def listing(path: Path, format: str = AUTO) -> Listing:
    """The files to read at `path`, a file or a folder with all folders in it, in the order of their names.

    A file whose format cannot be told is a UserError when it is named itself; in a folder its format is None, and it
    becomes a reject (a .json that holds something else, such as a configuration, is left out).
    """
    if format not in (AUTO, *IMPORTERS):
        raise UserError(f"Unknown format {format!r}; choose one of {', '.join((AUTO, *sorted(IMPORTERS)))}.")
    try:
        if path.is_dir():
            return _folder(path, format)
        if not path.is_file():
            raise UserError(f"There is no file or folder {str(path)!r}; check the path.")
        if _is_families(path):
            raise UserError(f"{label(path.name)} lists models and their families, not data; give it with --families.")
        found, reason = (format, None) if format != AUTO else _format(path)
        if reason and reason != WHOLE:
            raise UserError(reason)
        return Listing([Source(path, label(path.name), found)], [])
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


def _folder(path: Path, format: str) -> Listing:
    found = look_through(path)
    told = families_file(path)
    tables = [file for file in found.files if _is_families(file)]
    for file in tables:
        if file != told:
            found.leave(file, path, "a table of families, which is not the one that is used; give it with --families")
    found.files = [file for file in found.files if file not in tables]
    if format in (AUTO, "alpacaeval") and (models := alpacaeval.results(path)):
        read = {part for model in models for part in model.parts}
        others = [(label(file.relative_to(path)), "no part of AlpacaEval results") for file in found.files]
        left_out = [other for file, other in zip(found.files, others, strict=True) if file not in read]
        return Listing(models, sorted(found.left_out + left_out))
    listed = Listing([], found.left_out)
    for file in found.files:
        known, reason = (format, None) if format != AUTO else _format(file)
        if reason and reason != WHOLE and file.name.lower().endswith((".json", ".json.gz")):
            listed.left_out.append((label(file.relative_to(path)), reason))
        else:
            listed.sources.append(Source(file, label(file.relative_to(path)), known))
    if not listed.sources:
        why = "; ".join(f"{name}: {reason}" for name, reason in listed.left_out[:5])
        raise UserError(
            f"No data in {str(path)!r}: no *{', *'.join(PLAIN)} and no AlpacaEval results"
            f"{f' (left out: {why})' if why else ''}."
        )
    return listed


WHOLE = "unreadable"


def _format(path: Path) -> tuple[str | None, str | None]:
    """(format, None), or (None, why it cannot be told); WHOLE where reading the file says why."""
    if _unreadable(path):
        return None, WHOLE
    seen = dict[str, None]()
    empty, first = True, ""
    for fields in _samples(path):
        empty = False
        if isinstance(fields, str):
            first = first or fields
            continue
        seen |= dict.fromkeys(fields)
        for name, importer in IMPORTERS.items():
            if importer.recognises(fields):
                return name, None
    if empty:
        return "long", None
    if chat := next((name for name in CHAT_FIELDS if name in seen), None):
        return None, (
            f"{label(path.name)} holds conversations ({chat}), which none of the formats does"
            f" ({', '.join(sorted(IMPORTERS))}); {FROM_CHAT}."
        )
    names = ", ".join(name[:40] for name in list(seen)[:8]) or f"no row that can be read; first: {first}"
    return None, (
        f"Cannot tell the format of {label(path.name)} (seen: {names}); name it with --format:"
        f" {', '.join(sorted(IMPORTERS))}{f'; or {FROM_OTHERS}' if seen else ''}."
    )


def _unreadable(path: Path) -> Trouble | None:
    """Why no row of the file can be read, where that shows at its start."""
    if container(path) == "parquet":
        schema = parquet_file.schema(path)
        return schema if isinstance(schema, Trouble) else None
    _, first = next(lines(path), (0, b""))
    return first if isinstance(first, Trouble) and first.whole else None


def _samples(path: Path) -> Iterator[dict[str, Any] | str]:
    """The first rows' fields (why, for one that cannot be read); of Parquet, the schema as an example row."""
    if container(path) == "parquet":
        schema = parquet_file.schema(path)
        if not isinstance(schema, Trouble):
            yield {field.name: _example(field.type) for field in schema}
        return
    for row in islice(rows(path), SAMPLE_ROWS):
        yield row.fields


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
