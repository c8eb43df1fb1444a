"""What a job could not make of its rows: how many, and why, in one line."""

import re
from collections import Counter
from pathlib import Path

import pyarrow as pa

LONGEST = 300  # characters of a reason in a line
SUBJECTS = ("subject", "uuid", "who")  # the columns that may say of what a reason speaks, before a colon


class Refusals:
    """The reasons why rows have no result. Reasons that differ in a number or in what they quote count as one."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def __len__(self) -> int:
        return self.kinds.total()

    def add(self, made: pa.Table, column: str) -> None:
        """Count the reasons in a column of what a job has made."""
        subjects = next((made[name].to_pylist() for name in SUBJECTS if name in made.column_names), None)
        for row, reason in enumerate(made[column].to_pylist()):
            if reason is not None:
                self._count(reason.removeprefix(f"{subjects[row]}: ") if subjects else reason.partition(": ")[2])

    def _count(self, reason: str) -> None:
        kind = re.sub(r"\d+", "0", re.split(r"['\"]", reason, maxsplit=1)[0])
        self.kinds[kind] += 1
        self.examples.setdefault(kind, reason)

    def in_words(self, file: Path) -> str:
        """How many, the commonest reason, and the file where all of them stand."""
        kind, many = self.kinds.most_common(1)[0]
        reason = " ".join(self.examples[kind].split())[:LONGEST].rstrip(".")
        others = "" if many == len(self) else f", {many:,} times"
        return f"{len(self):,} refused: {reason}{others}; see {file}"
