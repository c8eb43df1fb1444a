"""What a process may still take: what is free, less what its control groups and limits do not leave it."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from crowdselect.memory import available

ROOT = Path(__file__).resolve().parent.parent.parent
MB = 2**20


def system(folder: Path, groups: str = "", free: str = "MemAvailable:   2048000 kB\n") -> tuple[Path, Path]:
    """/proc and /sys/fs/cgroup of a made-up machine with 2,000 MB free."""
    proc, sys_fs = folder / "proc", folder / "cgroup"
    (proc / "self").mkdir(parents=True)
    sys_fs.mkdir()
    (proc / "meminfo").write_text(f"MemTotal:       4096000 kB\n{free}HugePages_Total:       0\n")
    (proc / "self" / "cgroup").write_text(groups)
    (proc / "self" / "status").write_text("Name:\tpython\nVmSize:\t  1024 kB\nVmData:\t   512 kB\n")
    return proc, sys_fs


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def test_what_is_free_where_nothing_bounds_it(tmp_path: Path) -> None:
    assert available(*system(tmp_path)) == 2_000 * MB


def test_every_control_group_of_version_2_around_the_process_counts(tmp_path: Path) -> None:
    proc, groups = system(tmp_path, "0::/job/step\n")
    group(groups / "job" / "step", memory__max="max", memory__current="1")
    assert available(proc, groups) == 2_000 * MB
    group(groups / "job", memory__max=str(600 * MB), memory__current=str(500 * MB))
    assert available(proc, groups) == 100 * MB
    group(groups / "job", memory__stat=f"anon 1\ninactive_file {50 * MB}")
    assert available(proc, groups) == 150 * MB, "the cache of files makes room"
    group(groups, memory__max=str(10 * MB), memory__current=str(20 * MB))
    assert available(proc, groups) == 0


def test_control_groups_of_version_1_and_those_of_a_container(tmp_path: Path) -> None:
    proc, groups = system(tmp_path, "9:cpuset:/\n4:cpu,memory:/docker/abc\n0::/\n")
    group(groups / "memory", memory__limit_in_bytes=str(300 * MB), memory__usage_in_bytes=str(100 * MB))
    assert available(proc, groups) == 200 * MB


def test_a_system_that_does_not_say_what_is_free(tmp_path: Path) -> None:
    assert available(*system(tmp_path, free="")) == available(tmp_path, tmp_path) > 2**28


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_ulimit_counts() -> None:
    code = (
        "import resource; from crowdselect.memory import available; before = available();"
        "resource.setrlimit(resource.RLIMIT_AS, (2**28, resource.RLIM_INFINITY)); print(available())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0 <= int(done.stdout) < 2**28
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
