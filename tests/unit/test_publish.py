"""Publishing: whole builds under new numbers, CURRENT last, digests of the content alone."""

import random
from pathlib import Path

import duckdb
import pytest

from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from precompute.database import one, set_meta, touch, transaction
from precompute.digests import update_digests
from precompute.publish import publish
from precompute.session import writer
from tests.unit.workspaces import long_lines, small_workspace, write_long


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path)


def again(workspace: Workspace) -> str | None:
    """Publish after a change."""
    with writer(workspace) as db:
        with transaction(db):
            touch(db, "models")
        return publish(db, workspace)


def test_the_build_that_current_names_holds_the_pool(workspace: Workspace) -> None:
    assert workspace.current_build() == "0001"
    build = open_build(workspace)
    assert len(load_pool(build)) == 12
    assert build.query("SELECT * FROM metrics").num_rows == 0
    build.close()


def test_nothing_is_published_when_nothing_has_changed(workspace: Workspace) -> None:
    with writer(workspace) as db:
        assert publish(db, workspace) is None
    assert again(workspace) == "0002"
    with writer(workspace) as db:
        assert publish(db, workspace) is None


def test_a_missing_or_damaged_current_build_is_published_again(workspace: Workspace) -> None:
    workspace.build("0001").write_bytes(b"not a database")
    with writer(workspace) as db:
        assert publish(db, workspace) == "0002"


def test_old_builds_go_but_never_the_current_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_KEEP_BUILDS", "2")
    for _ in range(3):
        again(workspace)
    assert workspace.build_ids() == ["0004", "0003"]
    assert workspace.current_build() == "0004"


def test_a_number_is_never_used_twice(workspace: Workspace) -> None:
    workspace.build("0007").write_bytes(b"renamed by a publish that was killed before it wrote CURRENT")
    assert again(workspace) == "0008"


def test_litter_is_cleaned_and_never_read(workspace: Workspace) -> None:
    litter = [workspace.builds / "0009.duckdb.tmp", workspace.path / "CURRENT.tmp", workspace.rejects / "x.jsonl.tmp"]
    for file in litter:
        file.write_bytes(b"half")
    assert again(workspace) == "0002"
    assert not any(file.exists() for file in litter)


def digests(workspace: Workspace) -> dict[str, str]:
    build = open_build(workspace)
    try:
        return build.digests()
    finally:
        build.close()


def test_digests_depend_on_content_alone(tmp_path: Path) -> None:
    import json

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = small_workspace(tmp_path / "a")
    lines = long_lines(12)
    random.Random(3).shuffle(lines)
    shuffled = tmp_path / "b" / "shuffled.jsonl"
    shuffled.write_text("".join(json.dumps(line) + "\n" for line in lines))
    second = Workspace.of(tmp_path / "b" / "workspace")
    assert main(["ingest", str(shuffled), "--workspace", str(second.path)]) == 0
    assert digests(first) == digests(second)
    write_long(tmp_path / "more.jsonl", 1, first=12)
    assert main(["ingest", str(tmp_path / "more.jsonl"), "--workspace", str(second.path)]) == 0
    changed = {name for name, digest in digests(second).items() if digests(first)[name] != digest}
    assert changed == {"instructions", "responses", "scores", "dataset"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answers SET response = response || ' ' WHERE iid = 3 AND mid = 0",
        "UPDATE score_values SET score = score + 1e-15 WHERE iid = 3 AND mid = 0 AND rid = 0",
        "UPDATE instructions SET source = NULL WHERE iid = 3",
        "UPDATE instructions SET source = '-' WHERE iid = 3",
        "UPDATE models SET params_b = 8 WHERE mid = 0",
        "INSERT INTO tag_values VALUES (0, 'x', 0)",
    ],
)
def test_every_change_changes_the_dataset(workspace: Workspace, change: str) -> None:
    with writer(workspace) as db:
        before = one(db, "SELECT digest FROM digests WHERE name = 'dataset'")
        db.execute("UPDATE score_values SET score = 0.1")
        db.execute("DELETE FROM digests")
        update_digests(db)
        middle = one(db, "SELECT digest FROM digests WHERE name = 'dataset'")
        db.execute(change)
        db.execute("DELETE FROM digests")
        update_digests(db)
        after = one(db, "SELECT digest FROM digests WHERE name = 'dataset'")
    assert len({before, middle, after}) == 3


def test_texts_are_not_hashed_again_when_only_something_else_has_changed(workspace: Workspace) -> None:
    with writer(workspace) as db:
        db.execute("UPDATE digests SET digest = 'kept' WHERE name = 'responses'")
        with transaction(db):
            touch(db, "scores")
        update_digests(db)
        found = dict(db.execute("SELECT name, digest FROM digests").fetchall())
    assert found["responses"] == "kept"


def test_a_newer_schema_is_refused(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with writer(workspace) as db, transaction(db):
        set_meta(db, "schema_version", "99")
    assert main(["run", "--workspace", str(workspace.path)]) == 1
    assert "schema version 99" in capsys.readouterr().err


def test_a_file_that_is_no_database_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work.duckdb").write_bytes(b"x" * 5000)
    assert main(["run", "--workspace", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "work.duckdb cannot be opened" in error
    assert error.count("\n") == 1


def test_a_published_build_stays_as_it_is_while_work_goes_on(workspace: Workspace) -> None:
    with duckdb.connect(workspace.build("0001"), read_only=True) as reader:
        assert again(workspace) == "0002"
        assert reader.execute("SELECT count(*) FROM instructions").fetchall() == [(12,)]
