"""Calls to a server that fails a fifth of them, with kill -9 on the way: none is lost, or stored or paid for twice."""

import json
import time
from pathlib import Path

import duckdb
import pytest

from crowdselect.store import Workspace, open_build
from precompute.cli import main
from tests.faults.work import command, finish, start
from tests.openai_server import Running, payload_key, serving, set_answer

pytestmark = pytest.mark.slow

WORKERS = 32
MODEL = "set-answers"


def workspace(folder: Path, rows: int, server: Running, timeout: float = 1.5) -> list[str]:
    """A workspace with `rows` instructions and a models.yaml for one model; the arguments that generate."""
    lines = [json.dumps({"uuid": f"u{row:05}", "instruction": f"Explain number {row} to me"}) for row in range(rows)]
    (folder / "instructions.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "models.yaml").write_text(
        f"models:\n- {{name: crowd-1b, base_url: '{server.base_url}', model: {MODEL}, concurrency: {WORKERS},"
        f" timeout: {timeout}, retries: 8}}\n"
    )
    place = ["--workspace", str(folder / "workspace")]
    assert main(["ingest", str(folder / "instructions.jsonl"), *place, "--no-publish"]) == 0
    return ["run", "generate", "--models", str(folder / "models.yaml"), *place]


def body(row: int) -> dict:
    return {"model": MODEL, "messages": [{"role": "user", "content": f"Explain number {row} to me"}]}


def test_no_answer_is_lost_or_stored_or_paid_twice(tmp_path: Path) -> None:
    rows, kills = 10_000, 10
    with serving("--faults", "0.2", "--seed", str(rows)) as server:
        arguments = workspace(tmp_path, rows, server)
        done = 0
        for kill in range(1, kills + 1):
            process = start(command, arguments)
            while process.is_alive() and server.answered() < rows * kill / (kills + 1):
                time.sleep(0.05)
            assert process.is_alive(), "it ended before it was to be killed"
            process.kill()
            process.join()
            with duckdb.connect(tmp_path / "workspace" / "work.duckdb") as db:  # what is committed is there, and whole
                (committed,) = db.execute("SELECT count(*) FROM answers").fetchall()[0]
                assert db.execute("SELECT count(*), sum(rows) FROM calls, jobs").fetchone() is not None
            assert done < committed <= server.answered()
            assert server.answered() - committed <= kill * WORKERS, "more than was in flight had to be paid for again"
            done = committed
        for _ in range(3):  # what failed at every try is tried again by the next run
            finish(command, arguments)
            build = open_build(Workspace.of(tmp_path / "workspace"))
            rejected = build.query("SELECT count(*) AS n FROM rejects")["n"][0].as_py()
            found = build.query("SELECT uuid, model, response FROM responses").to_pylist()
            calls = build.query("SELECT iid, payload FROM calls").to_pylist()
            build.close()
            if not rejected:
                break
        stats = server.stats()
    expected = {f"u{row:05}": set_answer(body(row)) for row in range(rows)}
    assert {row["uuid"]: row["response"] for row in found} == expected
    assert len(found) == rows
    assert len(calls) == rows
    assert len({(row["iid"], row["payload"]) for row in calls}) == rows
    assert set(stats["answered"]) == {payload_key(body(row)) for row in range(rows)}
    assert len(stats["faults"]) == 8
    assert sum(stats["faults"].values()) > rows / 6
    assert sum(stats["answered"].values()) - rows <= kills * WORKERS


def test_killed_tagging_and_judging_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    def tables(folder: Path) -> list[list[dict]]:
        build = open_build(Workspace.of(folder / "workspace"))
        queries = (
            "SELECT * FROM tags",
            "SELECT * FROM metrics",
            "SELECT * FROM rejects",
            "SELECT iid, payload FROM calls",
        )
        try:
            return [build.query(f"{query} ORDER BY ALL").to_pylist() for query in queries]
        finally:
            build.close()

    rows = 60
    with serving("--faults", "0.2", "--garbled", "0.2") as server:
        found = []
        for name, kills in (("killed", 3), ("whole", 0)):
            folder = tmp_path / name
            folder.mkdir()
            arguments = workspace(folder, rows, server)
            with (folder / "models.yaml").open("a") as file:
                for job in ("tag", "judge"):
                    file.write(f"{job}: {{base_url: '{server.base_url}', model: {job}, timeout: 1.5, retries: 20}}\n")
            arguments[1:2] = ["generate", "tag", "judge"]
            before = server.answered()
            for kill in range(1, kills + 1):
                process = start(command, arguments)
                while process.is_alive() and server.answered() - before < 3.4 * rows * kill / (kills + 1):
                    time.sleep(0.02)
                assert process.is_alive(), "it ended before it was to be killed"
                process.kill()
                process.join()
            finish(command, arguments)
            found.append(tables(folder))
    assert found[0] == found[1]
    assert all(len(found[0][place]) >= rows for place in (0, 1, 3))
