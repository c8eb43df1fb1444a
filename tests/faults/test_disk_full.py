"""A disk that is full: a clear line, no partial build, and all is made when there is room again."""

import shutil
from pathlib import Path

import pytest

from crowdselect.store import Workspace
from tests.faults.work import command, dump, finish, start
from tests.unit.workspaces import small_workspace, write_long

pytestmark = pytest.mark.slow

KIB = 1024
# A log of changes that cannot grow, a database that cannot (it has 2,572 KiB before and 4,364 after), and room for all.
LIMITS = [64 * KIB, 700 * KIB, 2000 * KIB, 2600 * KIB, 3300 * KIB, 4000 * KIB, 6000 * KIB]


@pytest.mark.parametrize("work", ["ingest", "metrics"])
def test_a_full_disk_costs_nothing_but_time(work: str, tmp_path: Path) -> None:
    base = small_workspace(tmp_path, 30)
    file = write_long(tmp_path / "more.jsonl", 1200, first=30)
    arguments = {"ingest": ["ingest", str(file)], "metrics": ["run", "metrics"]}[work]
    clean = Workspace(tmp_path / "clean")
    shutil.copytree(base.path, clean.path)
    finish(command, [*arguments, "--workspace", str(clean.path)])
    failed = 0
    for limit in LIMITS:
        workspace = Workspace(tmp_path / f"limit{limit}")
        shutil.copytree(base.path, workspace.path)
        output = tmp_path / f"out{limit}"
        process = start(command, [*arguments, "--workspace", str(workspace.path)], str(output), limit)
        process.join(60)
        words = output.read_text()
        assert "Traceback" not in words
        assert process.exitcode in (0, 1), words
        if process.exitcode:
            failed += 1
            last = words.splitlines()[-1]
            assert str(workspace.path) in last
            assert "bytes are free" in last
            assert workspace.current_build() == "0001"
            assert [path.name for path in workspace.builds.glob("*.duckdb")] == ["0001.duckdb"]
        finish(command, [*arguments, "--workspace", str(workspace.path)])
        assert dump(workspace) == dump(clean)
    assert failed >= 3


@pytest.mark.parametrize("limit", [1, 100, 4096, 12 * KIB - 1, 12 * KIB, 300 * KIB])
def test_a_disk_that_is_full_from_the_first_write_on(limit: int, tmp_path: Path) -> None:
    """DuckDB writes three headers of 4,096 bytes before anything else; without all of them it opens no file."""
    file, workspace, output = write_long(tmp_path / "pool.jsonl", 40), Workspace(tmp_path / "w"), tmp_path / "out"
    arguments = ["ingest", str(file), "--workspace", str(workspace.path)]
    output.touch()
    process = start(command, arguments, str(output), limit)
    process.join(60)
    assert process.exitcode == 1
    if limit > 4 * KIB:  # else what is said has no room either
        last = output.read_text().splitlines()[-1]
        assert f"no file larger than {limit:,} bytes (ulimit -f)" in last
        assert "bytes are free" in last
        assert "move it away" not in last
    finish(command, arguments)
    assert workspace.current_build() == "0001"
