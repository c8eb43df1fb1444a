"""How much memory this process may still take on a processor: what is free, and what its limits leave of it."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
GROUPS = Path("/sys/fs/cgroup")
# (limit, use) of a control group: version 2, and version 1, whose controller for memory has a folder of its own.
FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
# What `ulimit` bounds, and the line of /proc/self/status that it bounds.
LIMITS = ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData"))


def available(proc: Path = PROC, groups: Path = GROUPS) -> int:
    """Bytes: the least of what the system says is free and what the control group and `ulimit` leave; never below 0."""
    return max(min([_free(proc), *_of_groups(proc, groups), *_of_limits(proc)]), 0)


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


def _of_limits(proc: Path) -> Iterator[int]:
    used = _sizes(proc / "self" / "status")
    for limit, name in LIMITS:
        most, _ = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY:
            yield most - used.get(name, 0)


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
