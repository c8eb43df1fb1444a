"""A work database that a kill left half-written: what was committed is there again, and no other file is touched."""

import shutil
from pathlib import Path

import pytest

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from precompute.database import one, set_meta, transaction
from precompute.publish import publish
from precompute.session import writer
from tests.unit.workspaces import small_workspace

FIRST_BLOCK = 3 * 4096


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path)


def killed(workspace: Workspace, folder: Path, *, checkpoints: int) -> Workspace:
    """A copy of its files as they stand while a writer has committed something, and more after each checkpoint."""
    with writer(workspace) as db:
        for turn in range(checkpoints + 1):
            with transaction(db):
                set_meta(db, "noted", str(turn))
            if turn < checkpoints:
                db.execute("CHECKPOINT")
        shutil.copytree(workspace.path, folder)
    return Workspace.of(folder)


def tear(file: Path) -> bytes:
    """Half of its first block from another time, as a killed write leaves it; the content that results."""
    content = bytearray(file.read_bytes())
    content[FIRST_BLOCK : FIRST_BLOCK + 4096] = bytes(4096)
    file.write_bytes(content)
    return bytes(content)


def noted(workspace: Workspace) -> str | None:
    with writer(workspace) as db:
        return one(db, "SELECT value FROM meta WHERE key = 'noted'")


def test_what_was_committed_since_the_build_is_there(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = killed(workspace, tmp_path / "killed", checkpoints=0)
    torn = tear(found.work_db)
    assert noted(found) == "0"
    assert "it is build 0001 again, and what was committed since." in capsys.readouterr().out
    assert (found.path / "work.duckdb.damaged").read_bytes() == torn
    with writer(found) as db:
        assert one(db, "SELECT count(*) FROM responses") == 48
        assert publish(db, found) == "0002"


def test_what_a_later_checkpoint_held_is_said_to_be_lost(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = killed(workspace, tmp_path / "killed", checkpoints=1)
    log = (found.path / "work.duckdb.wal").read_bytes()
    tear(found.work_db)
    assert noted(found) is None
    assert "what was done since without publishing has to be run again." in capsys.readouterr().out
    assert (found.path / "work.duckdb.wal.damaged").read_bytes() == log
    with writer(found) as db:
        assert one(db, "SELECT count(*) FROM responses") == 48


@pytest.mark.parametrize("build", ["damaged", "gone", "not named"])
def test_without_a_build_the_file_is_named_and_stays(workspace: Workspace, build: str) -> None:
    torn = tear(workspace.work_db)
    if build == "damaged":
        tear(workspace.build("0001"))
    elif build == "gone":
        workspace.build("0001").unlink()
    else:
        workspace.current.unlink()
    with pytest.raises(UserError, match=r"work.duckdb cannot be opened \(Corrupt"), writer(workspace):
        pass
    assert workspace.work_db.read_bytes() == torn
    assert not list(workspace.path.glob("*.damaged"))


@pytest.mark.parametrize("size", [1, 8, 11, 12, 4095, 4096, 8192, FIRST_BLOCK - 1])
@pytest.mark.parametrize("zeros", [False, True])
def test_a_first_write_that_did_not_end_is_begun_again(size: int, zeros: bool, tmp_path: Path) -> None:
    found = Workspace.of(tmp_path)
    with writer(found):
        pass
    begun = b"\0" * size if zeros else found.work_db.read_bytes()[:size]
    found.work_db.write_bytes(begun)
    with writer(found) as db:
        assert one(db, "SELECT count(*) FROM responses") == 0
    assert (tmp_path / "work.duckdb.damaged").read_bytes() == begun


def test_what_is_no_damage_is_not_replaced(workspace: Workspace) -> None:
    workspace.work_db.write_bytes(b"somebody's own notes" * 300)
    with pytest.raises(UserError, match="cannot be opened"), writer(workspace):
        pass
    assert workspace.work_db.read_bytes().startswith(b"somebody's")
