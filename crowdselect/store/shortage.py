"""What ran out, who set the limit, and what helps: of the disk, or of DuckDB's memory, a process's or the machine's."""

import errno
import os
import resource
import shutil
from pathlib import Path

import duckdb

from crowdselect.memory import MB, available, group_left, tightest_limit
from crowdselect.settings import setting

SMALL = 64 * MB  # what is left where a limit is what refused
FULL = {errno.ENOSPC: "No space left", errno.EFBIG: "File too large", errno.EDQUOT: "Disk quota"}
THREADS = ("can't start new thread", "can't allocate memory", "Cannot allocate memory")


def of_memory(error: BaseException) -> str | None:
    """Which memory was too little and what to raise; None for an error of another kind."""
    text, limit = str(error), setting("memory_limit")
    if isinstance(error, duckdb.OutOfMemoryException) and "max_temp_directory_size" in text:
        return f"More than {limit} of memory is needed, or room on the disk; raise CROWDSELECT_MEMORY_LIMIT."
    if isinstance(error, duckdb.OutOfMemoryException) and " used)" in text:
        return f"More than {limit} of memory is needed; raise CROWDSELECT_MEMORY_LIMIT."
    ours = isinstance(error, duckdb.OutOfMemoryException | MemoryError)
    if ours or (isinstance(error, RuntimeError | OSError) and any(words in text for words in THREADS)):
        return f"{_whose_memory()}. (CROWDSELECT_MEMORY_LIMIT is {limit}.)"
    return None


def _whose_memory() -> str:
    limit, group = tightest_limit(), group_left()
    if limit is not None and limit[0] <= available() + SMALL:
        return f"This process may not take more memory ({limit[1]}): raise that limit"
    if group is not None and group <= available() + SMALL:
        return f"The container leaves this process {group // MB:,} MB of memory: give it more"
    return f"The machine has {available() // MB:,} MB of memory left: close other programs, or use a larger one"


def of_disk(error: BaseException, folder: Path) -> str | None:
    """Why nothing more can be written in `folder`, with what is free there; None for an error of another kind."""
    number = getattr(error, "errno", None)
    kind = next((kind for kind, words in FULL.items() if number == kind or words in str(error)), None)
    if kind is None:
        return None
    why, remedy = _whose_room(kind, folder)
    return (
        f"There is no room to write in {folder}: {why}{shutil.disk_usage(folder).free:,} bytes are free on its disk;"
        f" {remedy}"
    )


def _whose_room(kind: int, folder: Path) -> tuple[str, str]:
    """What else than the disk's size sets the limit, and what helps."""
    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if kind == errno.EFBIG and largest != resource.RLIM_INFINITY:
        return f"this process may write no file larger than {largest:,} bytes (ulimit -f), though ", "raise that limit"
    if kind == errno.EFBIG:
        return "its file system takes no larger file, though ", "use another --workspace"
    if kind == errno.EDQUOT:
        return "your quota there is used up, though ", "remove files, or raise the quota"
    facts = os.statvfs(folder)
    if facts.f_files and not facts.f_favail:
        return "its disk takes no more files, though ", "remove some"
    return "", "make room"
