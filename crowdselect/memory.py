"""How much memory this process may still take on a processor: what is free, and what its limits leave of it."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
GROUPS = Path("/sys/fs/cgroup")
# (limit, use) of a control group: version 2, and version 1, whose controller for memory has a folder of its own.
FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
# What `ulimit` bounds: its option, and the line of /proc/self/status that it bounds.
LIMITS = ((resource.RLIMIT_AS, "ulimit -v", "VmSize"), (resource.RLIMIT_DATA, "ulimit -d", "VmData"))


MB = 2**20
# Where its own limit leaves less, a process does not fail in words but dies: libraries map stacks and heaps unasked.
AT_START, AT_WORK = 900 * MB, 512 * MB  # before and after they are imported


def too_little(least: int) -> str | None:
    """What to say where the process's own limit leaves it fewer bytes than `least`; None where it does not."""
    limit = tightest_limit()
    if limit is None or limit[0] >= least:
        return None
    return (
        f"This process may take {max(limit[0], 0) // MB:,} MB more of memory ({limit[1]}), and at least"
        f" {least // MB:,} MB are needed; raise that limit."
    )


def available(proc: Path = PROC, groups: Path = GROUPS) -> int:
    """Bytes: the least of what the system says is free and what the control group and `ulimit` leave; never below 0."""
    return max(min([_free(proc), *_of_groups(proc, groups), *(left for left, _, _ in _of_limits(proc))]), 0)


def tightest_limit(proc: Path = PROC) -> tuple[int, str] | None:
    """Of the process's own limits the one that leaves least: the bytes left, and what sets it; None without any."""
    found = [(left, f"{option} {most // 1024}") for left, option, most in _of_limits(proc)]
    return min(found, default=None)


def group_left(proc: Path = PROC, groups: Path = GROUPS) -> int | None:
    """Bytes that the tightest control group (of a container, say) leaves; None where none is set."""
    return min(_of_groups(proc, groups), default=None)


def _free(proc: Path) -> int:
    """What programs can take without swapping; where the system does not say, all that it has."""
    known = _sizes(proc / "meminfo").get("MemAvailable")
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known is None else known


def _of_groups(proc: Path, groups: Path) -> Iterator[int]:
    """What each control group around this process leaves. Caches of files count as used there, but make room."""
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        root = groups / "memory" if "memory" in controllers.split(",") else groups
        steps = [step for step in path.split("/") if step]  # in a container they are not there, but the root is
        for folder in (root.joinpath(*steps[:depth]) for depth in range(len(steps) + 1)):
            for limit, used in FILES:
                most, now = _text(folder / limit).strip(), _text(folder / used).strip()
                if most.isdecimal() and now.isdecimal():
                    yield int(most) - int(now) + _sizes(folder / "memory.stat").get("inactive_file", 0)


def _of_limits(proc: Path) -> Iterator[tuple[int, str, int]]:
    """(what it leaves, `ulimit`'s option, the limit) of each that is set, in bytes."""
    used = _sizes(proc / "self" / "status")
    for limit, option, name in LIMITS:
        most, _ = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY:
            yield most - used.get(name, 0), option, most


def _sizes(path: Path) -> dict[str, int]:
    """Name -> bytes, of lines such as `MemAvailable:  1024 kB` and `inactive_file 4096`."""
    found = {}
    for line in _text(path).splitlines():
        words = line.replace(":", " ").split()
        if len(words) in (2, 3) and words[1].isdecimal():
            found[words[0]] = int(words[1]) * (1024 if words[2:] == ["kB"] else 1)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
