"""What the records that were looked at hold beside what is used: field names, and ids that name responses."""

import json
from collections import Counter

import pyarrow as pa


class Seen:
    """Counts over the records of all chunks that `add` was given."""

    def __init__(self) -> None:
        self.fields = Counter[str]()
        self.models: dict[tuple[str, str], dict[str, set[str]]] = {}  # text and extra -> id -> who answered

    def add(self, records: pa.Table) -> None:
        """Take in the records of a chunk."""
        rows = set[int]()
        names = ("line", "uuid", "instruction", "model", "instruction_extra", "response_extra")
        for line, uuid, text, model, of_instruction, of_response in zip(
            *(records[name].to_pylist() for name in names), strict=True
        ):
            if line not in rows:
                self.fields.update(json.loads(of_instruction or "{}").keys())
            rows.add(line)
            self.fields.update(json.loads(of_response or "{}").keys())
            answered = self.models.setdefault((text, of_instruction or ""), {}).setdefault(uuid, set())
            answered |= {model} - {None}

    def unused(self) -> list[tuple[str, int]]:
        """(field, rows), the most frequent first."""
        return sorted(self.fields.items(), key=lambda each: (-each[1], each[0]))

    def ids_of_responses(self) -> tuple[int, int]:
        """(instructions, ids) where each of several ids of one text has the answer of one model, and another's."""
        found = [
            len(ids)
            for ids in self.models.values()
            if len(ids) > 1 and all(len(models) == 1 for models in ids.values()) and len(set.union(*ids.values())) > 1
        ]
        return len(found), sum(found)
