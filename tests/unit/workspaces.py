"""Small real workspaces for tests: a long-form file, ingested."""

import json
from pathlib import Path

from crowdselect.store.workspace import Workspace
from precompute.cli import main

MODELS = ("Qwen2-1.5B-Instruct", "Qwen2-7B-Instruct", "Qwen2-72B-Instruct", "other-7b")
RMS = ("rm-a", "rm-b")


def long_lines(rows: int, first: int = 0) -> list[dict]:
    """Records of `rows` instructions, a line for each model, with scores that differ."""
    return [
        {
            "uuid": f"u{row:05d}",
            "instruction": f"Instruction {row}: " + " ".join(["tell", "me", "more"][: row % 4]),
            "model": model,
            "response": f"{model} says {row * 7 % 11} " * (1 + row % 3),
            "scores": {rm: ((row * 31 + place * 17 + nth * 5) % 97) / 10 for nth, rm in enumerate(RMS)},
            "source": f"s{row % 2}",
        }
        for row in range(first, first + rows)
        for place, model in enumerate(MODELS)
    ]


def write_long(path: Path, rows: int, first: int = 0) -> Path:
    """A long-form JSONL file."""
    path.write_text("".join(json.dumps(line) + "\n" for line in long_lines(rows, first)), encoding="utf-8")
    return path


def small_workspace(folder: Path, rows: int = 12) -> Workspace:
    """A workspace with `rows` instructions, published once."""
    workspace = Workspace.of(folder / "workspace")
    file = write_long(folder / "pool.jsonl", rows)
    assert main(["ingest", str(file), "--workspace", str(workspace.path)]) == 0
    return workspace
