"""Which models are of one family, and how big they are: from a file, else the shipped table, else the name itself."""

import csv
import math
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TextIO

from crowdselect.errors import UserError
from crowdselect.pool import Model
from crowdselect.settings import ROOT

SHIPPED = ROOT / "data" / "model_families.csv"
COLUMNS = ("model", "family", "params_b")
BELIEVABLE = (0.01, 10_000.0)  # billions

# 7b, 0.5B, 8x7B, 350m, 1_8b; neither part of a longer word (128k, 4bit, A3B) nor of a longer number (v1.7b)
_SIZE = re.compile(r"(?<![a-z0-9.])(?:(\d{1,3})x)?(\d{1,5}(?:[._]\d{1,3})?)([bm])(?![a-z0-9])")
_SEPARATORS = re.compile(r"[-_\s:]+")


def families(names: Iterable[str], csv: Path | None = None) -> dict[str, Model]:
    """Every name's family and size, and where they come from (`origin`): csv, else shipped, else guessed.

    A model is looked up by its whole name, else by what follows its last slash, in any case. UserError for a file that
    cannot be read, with its line.
    """
    names = list(names)
    tables = [("csv", read_families(csv))] if csv else []
    tables.append(("shipped", _shipped()))
    found: dict[str, Model] = {}
    for origin, models in tables:
        for name, known in matches(names, models).items():
            found.setdefault(name, Model(name, known.family, known.params_b, origin))
    return found | _guessed([name for name in names if name not in found])


def matches(names: Iterable[str], models: Sequence[Model]) -> dict[str, Model]:
    """name -> which of `models` it is: the one of the whole name, else of what follows its last slash, in any case."""
    exact = {model.name: model for model in models}
    loose: dict[str, Model] = {}
    for model in models:
        loose.setdefault(_key(model.name), model)
    found = {name: exact.get(name) or loose.get(_key(name)) for name in names}
    return {name: model for name, model in found.items() if model}


@cache
def _shipped() -> list[Model]:
    return read_families(SHIPPED)


def _key(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].casefold()


def size_of(name: str) -> tuple[float, str] | None:
    """(billions of parameters, the name without them) as the name tells them: 8x7B is 56, 350m is 0.35.

    A size in billions is preferred; None where there is no believable one.
    """
    text = _key(name)
    sizes = []
    for match in _SIZE.finditer(text):
        experts, number, unit = match.groups()
        size = float(number.replace("_", ".")) * int(experts or 1) / (1 if unit == "b" else 1000)
        if BELIEVABLE[0] <= size <= BELIEVABLE[1]:
            stem = text[: match.start()] + "-" + text[match.end() :]
            sizes.append((unit != "b", size, _SEPARATORS.sub("-", stem).strip("-.")))
    if not sizes:
        return None
    _, size, stem = min(sizes, key=lambda one: one[0])
    return round(size, 6), stem


def _guessed(names: list[str]) -> dict[str, Model]:
    """Models whose names differ in the size alone are a family; one by itself is none."""
    sizes = {name: size_of(name) for name in names}
    members: dict[str, set[float]] = defaultdict(set)
    for known in sizes.values():
        if known:
            members[known[1]].add(known[0])
    return {
        name: Model(
            name,
            known[1] if known and known[1] and len(members[known[1]]) > 1 else None,
            known[0] if known else None,
            "guessed",
        )
        for name, known in sizes.items()
    }


def read_families(path: Path) -> list[Model]:
    """The models of a families file, in its order. A blank family is a model by itself, a blank size an unknown one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _parsed(path, file)
    except OSError as error:
        raise UserError(f"Cannot read the families file {str(path)!r}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not UTF-8; save it as UTF-8 CSV.") from None
    except csv.Error as error:
        raise UserError(f"{path.name} is not CSV ({error}); its columns are {','.join(COLUMNS)}.") from None


def _parsed(path: Path, file: TextIO) -> list[Model]:
    reader = csv.reader(file, strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    if header != list(COLUMNS):
        raise UserError(f"{path.name} line 1 is {','.join(header)[:80]!r}; a families file has {','.join(COLUMNS)}.")
    models: dict[str, Model] = {}
    for cells in reader:
        where = f"{path.name} line {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(COLUMNS):
            raise UserError(f"{where} has {len(cells)} cells; it needs {','.join(COLUMNS)}.")
        name, family, size = cells[0], cells[1].strip(), cells[2].strip()
        if not name.strip():
            raise UserError(f"{where} names no model; fill its first column.")
        if name in models:
            raise UserError(f"{where} names the model {name[:80]!r} again; keep one of its lines.")
        models[name] = Model(name, family or None, _billions(size, where), "csv")
    return list(models.values())


def _billions(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        size = float(text.replace("_", "?"))
    except ValueError:
        size = math.nan
    if not 0 < size < math.inf:
        raise UserError(f"{where}: params_b is {text[:80]!r}; write billions of parameters, such as 7 or 0.5.")
    return size


def write_families(models: Iterable[Model], path: Path) -> None:
    """The models as a families file, to be edited and read again; it replaces `path` whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for model in models:
                size = "" if model.params_b is None else repr(float(model.params_b)).removesuffix(".0")
                writer.writerow([model.name, model.family or "", size])
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"Cannot write the families file {str(path)!r}: {error.strerror}.") from None
    finally:
        temporary.unlink(missing_ok=True)
