"""A workspace with instructions alone, and a models.yaml for a server that gives set answers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from crowdselect.store import Workspace, open_build
from precompute.cli import main
from tests.openai_server import Running

TEXTS = ("Name a river.", "Write a poem about 3 {rivers}.", "¿Qué hora es? 🕰️", "Sum 2 and 3\n-----\nand stop.")


class Asking:
    """A folder with a workspace and models.yaml; `run` and `rows` are what tests need of both."""

    def __init__(self, folder: Path, server: Running, texts: Sequence[str] = TEXTS) -> None:
        self.folder, self.server = folder, server
        self.workspace = Workspace.of(folder / "workspace")
        self.models_yaml = folder / "models.yaml"
        file = folder / "instructions.jsonl"
        file.write_text("".join(json.dumps({"instruction": text}) + "\n" for text in texts))
        assert self.main("ingest", str(file)) == 0

    def place(self, model: str = "set-answers", **more: Any) -> dict[str, Any]:
        """An entry of models.yaml."""
        return {"base_url": self.server.base_url, "model": model, "concurrency": 4, "retries": 1} | more

    def models(self, **parts: Any) -> None:
        self.models_yaml.write_text(yaml.safe_dump(parts))

    def main(self, *arguments: str) -> int:
        return main([*arguments, "--workspace", str(self.workspace.path)])

    def run(self, *arguments: str) -> int:
        return self.main("run", *arguments, "--models", str(self.models_yaml))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the newest build answers."""
        build = open_build(self.workspace)
        try:
            return build.query(query).to_pylist()
        finally:
            build.close()

    def asked(self) -> int:
        """How many calls the server has had."""
        return sum(self.server.stats()["asked"].values())
