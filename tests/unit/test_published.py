"""The published results are all there."""

from pathlib import Path

import pytest

from crowdselect.errors import UserError
from crowdselect.published import runs


def test_every_published_run() -> None:
    found = runs()
    crowd = [run for run in found if run.method.lower().startswith("multi")]
    assert len(found) > 50
    assert crowd
    assert all(0 <= (run.mt_bench or 0) <= 10 and 0 <= (run.arena_hard or 0) <= 100 for run in found)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="cannot be read"):
        runs(tmp_path / "x.csv")
