"""A publish that is killed at any instant: readers find the old build or the new one, whole."""

import os
import random
import time
from pathlib import Path

import pytest

from crowdselect.store import open_build
from tests.faults.work import publish_for_ever, start
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "20"))
ROWS = 12


def test_publish_under_readers(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, ROWS)
    rng, opens, builds, latest = random.Random(11), 0, set(), 0
    for _ in range(KILLS):
        process = start(publish_for_ever, str(workspace.path))
        until = time.monotonic() + rng.uniform(0.1, 0.7)
        while time.monotonic() < until:
            build = open_build(workspace)
            found = build.query(
                "SELECT count(*) AS n, count(DISTINCT n_words - length(instruction)) AS k FROM instructions"
            )
            responses = build.query("SELECT count(*) AS n FROM responses")["n"][0].as_py()
            build.close()
            assert build.warning is None
            assert found["n"][0].as_py() == ROWS
            assert responses == ROWS * 4
            assert int(build.id) >= latest, "a reader went back in time"
            latest = int(build.id)
            builds.add(build.id)
            opens += 1
        assert process.exitcode is None, "the writer stopped by itself"
        process.kill()
        process.join()
    assert opens > KILLS
    assert len(builds) > KILLS / 4
