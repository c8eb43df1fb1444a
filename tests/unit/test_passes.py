"""Forward passes: how many run side by side, and what is said where one alone finds no memory."""

import threading
import time

import pytest

from crowdselect.errors import UserError
from precompute.models.passes import Pass, passes_of, run_passes
from precompute.models.room import Room, Width

NARROW = Width(hidden=64, inner=256, layers=2, heads=4, vocabulary=0, number=4)


def test_no_more_run_at_a_time_than_memory_holds_and_all_are_made_in_order() -> None:
    passes = list(passes_of([64] * 24 + [8] * 24, step=8, height=lambda length: 4, fill=True))
    assert [one.length for one in passes] == [64] * 6 + [8] * 6
    lock, at_work, most = threading.Lock(), 0, dict[int, int]()
    full = threading.Barrier(3)  # three short passes meet, or the test ends in an error

    def once(one: Pass) -> int:
        nonlocal at_work
        with lock:
            at_work += 1
            most[one.length] = max(most.get(one.length, 0), at_work)
        if one.length == 8:
            full.wait(timeout=30)
        time.sleep(0.02)  # long enough to be seen by others
        with lock:
            at_work -= 1
        return one.rows[0]

    memory = 2 * 3 * 4 * 8 * NARROW.token_bytes(8)  # three short passes; half of it may be taken
    assert run_passes(passes, Room(NARROW), once, threads=16, memory=memory) == [one.rows[0] for one in passes]
    assert most == {64: 1, 8: 3}


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
              RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
)  # fmt: skip
def test_a_pass_that_finds_no_memory_says_so(error: Exception) -> None:
    def once(one: Pass) -> int:
        raise error

    with pytest.raises(UserError, match="8 texts of 512 tokens need more memory than there is"):
        run_passes([Pass([0], 512, 8)], Room(), once)


def test_any_other_error_stays_what_it_is() -> None:
    def once(one: Pass) -> int:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        run_passes([Pass([0], 512, 8)], Room(), once)
