"""What an importer hands over: records of one response each, and what it had to refuse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

RECORDS = pa.schema(
    [
        ("line", pa.int64()),  # 1-based line (or parquet row) in its file
        ("uuid", pa.large_string()),
        ("instruction", pa.large_string()),
        ("instruction_words", pa.int32()),
        ("instruction_extra", pa.large_string()),  # JSON object or null: unknown fields that belong to the instruction
        ("source", pa.large_string()),
        ("model", pa.large_string()),  # null: the line adds an instruction alone
        ("response", pa.large_string()),
        ("response_words", pa.int32()),
        ("response_extra", pa.large_string()),
    ]
)
SCORES = pa.schema([("row", pa.int32()), ("reward_model", pa.large_string()), ("score", pa.float64())])


@dataclass(frozen=True, slots=True)
class Record:
    """One response to one instruction (or an instruction alone, when model and response are None)."""

    line: int
    uuid: str
    instruction: str
    model: str | None = None
    response: str | None = None
    scores: dict[str, float | None] = field(default_factory=dict)
    source: str | None = None
    instruction_extra: dict[str, Any] | None = None
    response_extra: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was refused, and why. `line` is None when the whole file was."""

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of consecutive lines of one file: what can be kept, what was refused.

    `read` counts records (a zoo row holds one a model), so that read = records.num_rows + len(rejects);
    `position` is the number of lines (or parquet rows) consumed so far, from which reading resumes.
    """

    records: pa.Table  # RECORDS
    scores: pa.Table  # SCORES; `row` indexes `records`; null and missing scores have no row
    rejects: Sequence[Reject]
    read: int
    position: int
