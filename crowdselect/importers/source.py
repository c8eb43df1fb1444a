"""What an importer is, and what it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crowdselect.records import Chunk


@dataclass(frozen=True)
class Source:
    """A file to read. `label` is what rejects call it; `format` is None where it could not be told.

    `parts` are all the files that are read as one, with what rejects call each: AlpacaEval keeps a model's answers and
    every annotator's scores in files of their own.
    """

    path: Path
    label: str
    format: str | None
    parts: tuple[Path, ...] = ()
    part_labels: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What its rejects may call the file."""
        return self.part_labels or (self.label,)


@dataclass(frozen=True)
class Importer:
    """One format: whether a row's fields look like it, and how its files are read.

    `read(source, start, chunk_records)` yields chunks of about `chunk_records` records, in file order, from position
    `start` on.
    """

    recognises: Callable[[dict[str, Any]], bool]
    read: Callable[[Source, int, int], Iterator[Chunk]]
