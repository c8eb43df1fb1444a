"""Rows of random shapes for every format. Each text in them is a token of its own, so that a lost one is missed."""

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TOKEN = re.compile(r"<\d+>")
MODELS = [f"m{number}" for number in range(6)]
UNUSED = [f"x{number}" for number in range(6)]
Row = dict[str, Any]


class Fuzz:
    """Random rows; `known` are instructions that were used before."""

    def __init__(self, seed: int) -> None:
        self.random, self.count = random.Random(seed), 0
        self.known: list[str] = []

    def token(self) -> str:
        self.count += 1
        return f"{self.random.choice(['', 'é ', 'two words ', chr(0x2028)])}<{self.count}>"

    def maybe(self, share: float, value: Callable[[], Any]) -> Any:
        return value() if self.random.random() < share else None

    def instruction(self) -> str:
        if self.known and self.random.random() < 0.3:
            return self.random.choice(self.known[-200:])
        self.known.append(self.token())
        return self.known[-1]

    def score(self) -> Any:
        return self.random.choice(
            [1.5, -2, 0, None, self.random.gauss(0, 1), "high" if self.random.random() < 0.2 else 1]
        )

    def anything(self) -> Any:
        """The value of a field that nobody reads."""
        kind = self.random.randrange(9)
        if kind < 4:
            return self.token()
        return [None, float("nan"), 7, [self.token(), {"a": self.token(), "b": float("inf")}], {"c": [self.token()]}][
            kind - 4
        ]

    def rest(self, flat: bool = False) -> Row:
        """Fields that nobody reads; with `flat`, texts alone."""
        names = self.random.sample(UNUSED, self.random.randrange(4))
        made = {name: self.token() if flat else self.anything() for name in names}
        for name in ("system", "input", "output", "generation"):
            if self.random.random() < 0.05:
                made[name] = self.token()
        return made

    def head(self, flat: bool = False) -> Row:
        """Instruction, id and source of a row, with what nobody reads."""
        text = self.instruction()
        ids = {"uuid": self.maybe(0.1, self.token), "id": self.maybe(0.1, lambda: self.random.randrange(10**9))}
        made = {"instruction": text, **ids, "source": self.maybe(0.3, self.token), **self.rest(flat)}
        return {name: made[name] for name in self.random.sample(list(made), len(made))}

    def long(self, flat: bool = False) -> Row:
        row = self.head(flat)
        if self.random.random() < 0.9:
            row |= {"model": self.random.choice(MODELS), "response": self.token()}
            row["scores"] = {name: self.score() for name in self.random.sample(["rm1", "rm2", "rm3"], 2)}
        if self.random.random() < 0.03:
            row[self.random.choice(["instruction", "model", "response", "scores"])] = self.random.choice(
                [None, 5, [], ""]
            )
        return row

    def zoo(self) -> Row:
        answers = {
            model: {
                "content": self.maybe(0.9, self.token),
                "rm1": self.maybe(0.8, lambda: 1.5),
                "note": self.maybe(0.3, self.token),
            }
            for model in MODELS[:3]
        }
        return self.head() | answers

    def ultrafeedback(self) -> Row:
        completions = [
            {
                "model": model,
                "response": self.token(),
                "critique": self.token(),
                "annotations": {"help": {"Rating": self.random.choice(["4", "N/A", "x"]), "Rationale": self.token()}},
                "overall_score": 7.5,
            }
            for model in self.random.sample(MODELS, 2)
        ]
        return self.head() | {"completions": completions, "models": self.maybe(0.5, lambda: [self.token()])}

    def distilabel(self) -> Row:
        models = self.random.sample(MODELS, 3)
        if self.random.random() < 0.5:
            return self.head() | {
                "generations": [self.token(), self.maybe(0.5, self.token), self.token()],
                self.random.choice(["generation_models", "model_names"]): models,
                "ratings": [1.0, None, self.random.choice([2, "x"])],
                "rationales": [self.token(), None, self.token()],
                "chosen": self.maybe(0.1, self.token),
            }
        row = self.head()
        turns = [{"role": "system", "content": self.token()}, {"role": "user", "content": row["instruction"]}]
        row["chosen"] = [*turns[self.random.randrange(3) :], {"role": "assistant", "content": self.token()}]
        row |= {"prompt": row.pop("instruction"), "chosen_model": models[0], "rejected_model": models[1]}
        return row | {"rejected": self.token(), "chosen_rating": 5, "generation_models": self.maybe(0.1, self.token)}

    def mutated(self, line: bytes) -> bytes:
        """A line with some bytes changed, now and then."""
        if self.random.random() > 0.05:
            return line
        made = bytearray(line)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(made))
            made[at : at + self.random.randrange(3)] = self.random.choice([b"", b"\xff", b'"', b"}", b"0", b"{", b","])
        return bytes(made).replace(b"\n", b"")


def parsed(line: bytes) -> Row | None:
    """The row of a line that was changed; None where it holds none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def written(folder: Path, name: str, fuzz: Fuzz, rows: int) -> dict[int, Row | None]:
    """Writes a file of the kind that its name says; its rows by line (None: no row)."""
    kind, _, container = name.partition(".")
    make: Callable[[], Row] = getattr(fuzz, kind)
    if container == "csv":
        return _csv(folder / name, [fuzz.long(flat=True) for _ in range(rows)])
    made = [make() for _ in range(rows)]
    if container == "parquet":
        _parquet(folder / name, made)
        return dict(enumerate(made, 1))
    if container == "json":
        (folder / name).write_text(json.dumps(made, indent=1))
        return dict(enumerate(made, 1))
    lines = [fuzz.mutated(json.dumps(row, ensure_ascii=False).encode()) for row in made]
    (folder / name).write_bytes(b"\n".join(lines))
    return {number: parsed(line) for number, line in enumerate(lines, 1) if line.strip()}


def _parquet(path: Path, rows: list[Row]) -> None:
    """Columns of one type each: what is neither a text nor an answer becomes JSON text, a bad score none."""
    for row in rows:
        for name, value in row.items():
            if name in UNUSED and value is not None:
                row[name] = value if isinstance(value, str) else json.dumps(value)
            elif name == "id" and value is not None:
                row[name] = str(value)
            elif name == "scores" and isinstance(value, dict):
                row[name] = {rm: float("inf") if score == "high" else score for rm, score in value.items()}
            elif name in ("instruction", "model", "response", "scores") and not isinstance(value, dict):
                row[name] = value if isinstance(value, str) and name != "scores" else None
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(rows)), path)


def _schema(rows: list[Row]) -> pa.Schema:
    """The columns of all rows, not of the first alone."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: next((row[name] for row in rows if row.get(name) is not None), None) for name in names}
    types = {"scores": pa.map_(pa.string(), pa.float64())}
    answer = pa.struct([("content", pa.string()), ("rm1", pa.float64()), ("note", pa.string())])
    return pa.schema(
        [(name, types.get(name, answer if isinstance(value, dict) else pa.string())) for name, value in columns.items()]
    )


def _csv(path: Path, rows: list[Row]) -> dict[int, Row | None]:
    names = [
        "instruction",
        "uuid",
        "id",
        "source",
        "model",
        "response",
        *UNUSED,
        "system",
        "input",
        "output",
        "generation",
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([*names, "score:rm1"])
    for row in rows:
        scores = row.get("scores")
        score = scores.get("rm1") if isinstance(scores, dict) else None
        writer.writerow(
            ["" if row.get(name) in (None, []) else row[name] for name in names] + ["" if score is None else score]
        )
    path.write_text(out.getvalue(), newline="")
    return dict(enumerate(rows, 2))


def tokens(value: Any) -> Iterator[str]:
    """Every token in a row, however deep."""
    if isinstance(value, str):
        yield from TOKEN.findall(value)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from TOKEN.findall(name)
            yield from tokens(each)
    elif isinstance(value, list):
        for each in value:
            yield from tokens(each)
