"""What ran out is said by its own name: the disk, DuckDB's memory, the process's, the container's or the machine's."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from crowdselect.store import open_build, shortage
from crowdselect.store.failures import DamagedError
from crowdselect.store.shortage import of_disk, of_memory
from tests.pages.builds import plain, publish

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("module", ["precompute", "crowdselect"])
def test_a_process_with_too_little_room_says_so_instead_of_dying(module: str, tmp_path: Path) -> None:
    """Below this limit, libraries that cannot map what they want end the process by a signal."""
    run = f"ulimit -v 614400; exec {sys.executable} -m {module} --help"
    done = subprocess.run(["bash", "-c", run], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{module}: This process may take ")
    assert done.stderr.endswith(
        "MB more of memory (ulimit -v 614400), and at least 900 MB are needed; raise that limit.\n"
    )


def test_duckdbs_own_limit_is_raised_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_MEMORY_LIMIT", "20MB")
    with duckdb.connect(config={"memory_limit": "20MB"}) as db, pytest.raises(duckdb.OutOfMemoryException) as caught:
        db.execute("SELECT list(repeat('x', 5000) || range) FROM range(100000)")
    assert of_memory(caught.value) == "More than 20MB of memory is needed; raise CROWDSELECT_MEMORY_LIMIT."


@pytest.mark.parametrize(
    ("limit", "group", "said"),
    [
        ((10, "ulimit -v 4096"), None, "This process may not take more memory (ulimit -v 4096): raise that limit"),
        (None, 10, "The container leaves this process 0 MB of memory: give it more"),
        ((10**12, "ulimit -v 9"), 10**12, "The machine has 0 MB of memory left: close other programs"),
    ],
)
def test_memory_that_was_not_given_is_told_by_whose_limit_it_was(
    limit: tuple[int, str] | None, group: int | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortage, "tightest_limit", lambda: limit)
    monkeypatch.setattr(shortage, "group_left", lambda: group)
    monkeypatch.setattr(shortage, "available", lambda: 10)
    refused = duckdb.OutOfMemoryException(
        "Out of Memory Error: Failed to allocate block of 8192 bytes (bad allocation)"
    )
    errors = [MemoryError(), pa.ArrowMemoryError("malloc of size 9 failed"), RuntimeError("can't start new thread")]
    for error in [refused, *errors]:
        assert (of_memory(error) or "").startswith(said)
    assert of_memory(RuntimeError("another")) is None
    assert of_memory(duckdb.IOException("No space left on device")) is None


def test_want_of_memory_is_no_damage(tmp_path: Path) -> None:
    build = open_build(publish(tmp_path, plain(5, 3)))
    with pytest.raises(Exception, match="memory") as caught, build.whole():
        raise pa.ArrowMemoryError("malloc of size 9 failed")
    assert not isinstance(caught.value, DamagedError)
    build.close()


def test_a_full_disk_is_told_by_whose_limit_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = of_disk(OSError(errno.ENOSPC, "No space left on device"), tmp_path) or ""
    assert full.startswith(f"There is no room to write in {tmp_path}: ")
    assert full.endswith(" bytes are free on its disk; make room")
    assert full == of_disk(duckdb.IOException('Could not write file "x": No space left on device'), tmp_path)
    assert "your quota there is used up" in (of_disk(OSError(errno.EDQUOT, "Disk quota exceeded"), tmp_path) or "")
    large = OSError(errno.EFBIG, "File too large")
    assert "its file system takes no larger file" in (of_disk(large, tmp_path) or "")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (5000, 5000))
    assert "this process may write no file larger than 5,000 bytes (ulimit -f)" in (of_disk(large, tmp_path) or "")
    assert of_disk(OSError(errno.EACCES, "Permission denied"), tmp_path) is None
