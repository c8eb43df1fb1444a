"""What an importer read, in a form that tests compare."""

from dataclasses import dataclass, field
from typing import Any

from crowdselect.importers import CHUNK_RECORDS, Source, read
from crowdselect.records import RECORDS, SCORES, Reject


@dataclass
class Imported:
    records: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    read: int = 0

    @property
    def content(self) -> set[tuple[Any, ...]]:
        return {
            (one["uuid"], one["instruction"], one["model"], one["response"], *sorted(one["scores"].items()))
            for one in self.records
        }

    def parts(self) -> tuple[Any, ...]:
        return self.records, self.rejects, self.read

    def plus(self, other: "Imported") -> "Imported":
        return Imported(self.records + other.records, self.rejects + other.rejects, self.read + other.read)

    def up_to(self, position: int, source: Source) -> "Imported":
        got = Imported()
        for chunk in read(source, 0, 1):
            if chunk.position <= position:
                got = got.plus(taken(chunk))
        return got

    def word_counts_are_exact(self) -> bool:
        return all(
            one["instruction_words"] == len(one["instruction"].split())
            and one["response_words"] == (None if one["response"] is None else len(one["response"].split()))
            for one in self.records
        )


def taken(chunk: Any) -> Imported:
    assert chunk.records.schema == RECORDS
    assert chunk.scores.schema == SCORES
    assert chunk.read == chunk.records.num_rows + len(chunk.rejects)
    chunk.records.validate(full=True)
    records = [one | {"scores": {}} for one in chunk.records.to_pylist()]
    for score in chunk.scores.to_pylist():
        records[score["row"]]["scores"][score["reward_model"]] = score["score"]
    return Imported(records, list(chunk.rejects), chunk.read)


def imported(source: Source, chunk_records: int = CHUNK_RECORDS, start: int = 0) -> Imported:
    got = Imported()
    for chunk in read(source, start, chunk_records):
        one = taken(chunk)
        got.records += one.records
        got.rejects += one.rejects
        got.read += one.read
    return got
