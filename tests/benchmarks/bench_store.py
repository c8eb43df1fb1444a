"""From a zoo file to an open pool and back out: ingest, load, read a page of rows, export."""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

from crowdselect.export.lines import export_lines
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Build, Workspace, load_pool, open_build, texts
from tests.benchmarks.timing import best_seconds, once

REWARD_MODEL = "Skywork-Reward-Llama-3.1-8B"


@functools.cache
def _workspace(rows: int) -> tuple[Workspace, float]:
    """A fresh workspace with that many synthetic instructions, and the seconds that `ingest` took."""
    from precompute.demo import write_demo

    folder = Path(tempfile.mkdtemp(prefix="crowdselect-bench-"))
    write_demo(folder / "zoo.parquet", rows, 0)
    command = [
        sys.executable,
        "-m",
        "precompute",
        "ingest",
        str(folder / "zoo.parquet"),
        "--workspace",
        str(folder / "w"),
    ]
    seconds = once(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return Workspace.of(folder / "w"), seconds


def _build(rows: int) -> Build:
    return open_build(_workspace(rows)[0])


def ingest(rows: int) -> dict[str, float]:
    return {"rows": rows, "seconds": _workspace(rows)[1]}


def load(rows: int) -> dict[str, float]:
    build = _build(rows)
    return {"rows": rows, "seconds": best_seconds(lambda: load_pool(build), 3)}


def read_rows(rows: int) -> dict[str, float]:
    """Fifty instructions with all their responses."""
    build = _build(rows)
    uuids = load_pool(build).uuids[:: max(1, rows // 50)][:50]
    return {"rows": len(uuids), "seconds": best_seconds(lambda: [texts.responses(build, str(u)) for u in uuids], 3)}


def export(rows: int) -> dict[str, float]:
    build = _build(rows)
    size = max(1, rows // 10)
    recipe = Recipe.parse({"pool": {"reward_model": REWARD_MODEL}, "select": {"size": size}})
    selection = select(load_pool(build), recipe)
    return {"rows": size, "seconds": best_seconds(lambda: sum(map(len, export_lines(selection, build))), 3)}
