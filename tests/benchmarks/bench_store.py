"""From a zoo file to an open pool and back out: ingest, load, read a page of rows, export."""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from crowdselect.export.lines import export_lines
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select
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
    """Fifty instructions with all their responses, against one after the other by uuid."""
    build = _build(rows)
    pool = load_pool(build)
    places = np.arange(0, rows, max(1, rows // 50))[:50]
    keys = pool.keys_of(places)
    return {
        "rows": len(places),
        "seconds": best_seconds(lambda: texts.responses(build, keys), 3),
        "reference_seconds": best_seconds(lambda: [_by_uuid(build, uuid) for uuid in pool.uuids[places]], 1),
    }


def export(rows: int) -> dict[str, float]:
    """Every instruction, against only reading the responses by uuid and model name, 2,000 at a time."""
    build = _build(rows)
    recipe = Recipe.parse({"pool": {"reward_model": REWARD_MODEL}, "select": {"size": rows}})
    selection = select(load_pool(build), recipe)
    return {
        "rows": rows,
        "seconds": best_seconds(lambda: sum(map(len, export_lines(selection, build))), 3),
        "reference_seconds": once(lambda: _texts_by_name(selection, build)),
    }


def _by_uuid(build: Build, uuid: str) -> None:
    for view in ("responses", "scores"):
        build.query(f"SELECT * FROM {view} WHERE uuid = ?", [uuid])  # noqa: S608  fixed names


def _texts_by_name(selection: Selection, build: Build) -> None:
    pool, chosen = selection.candidates.pool, selection.candidates.chosen[selection.positions]
    uuids, models = selection.uuids.tolist(), [pool.models[model].name for model in chosen]
    for first in range(0, len(uuids), 2_000):
        part = slice(first, first + 2_000)
        build.query(
            """
            WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS uuid, unnest(?::VARCHAR[]) AS model),
                 keys AS (SELECT uuid, model, iid, mid
                          FROM wanted JOIN instructions USING (uuid) JOIN models USING (model))
            SELECT uuid, model, response FROM answers JOIN keys USING (iid, mid)
            """,
            [uuids[part], models[part]],
        ).to_pylist()
