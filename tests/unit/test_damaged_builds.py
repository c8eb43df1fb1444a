"""A build that is not what was published gives way to the one before, in one line; so does a damaged CURRENT."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, open_build, open_pool
from precompute.cli import main as precompute
from tests.pages.builds import plain, publish, signalled
from tests.unit.damages import damage
from tests.unit.workspaces import small_workspace, write_long

RECIPE = "pool: {reward_model: rm-large}\nselect: {strategy: difficulty, size: 20}\n"
HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
NEVER = ("Unexpected", "report it", "Traceback", "Stack")

Place = tuple[Workspace, bytes, Path]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace of two builds, the content of the newer one, and a recipe that takes every row."""
    folder = tmp_path_factory.mktemp("damaged")
    publish(folder / "here", plain(20, 3), "0001")
    workspace = publish(folder / "here", plain(20, 3), "0002")
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    return workspace, workspace.build("0002").read_bytes(), recipe


@contextmanager
def held(file: Path) -> Iterator[int]:
    """The file open in another program, whose process id it gives."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        yield holder.pid
    finally:
        holder.communicate("")


def test_commands_say_which_build_they_take(place: Place, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    workspace, whole, recipe = place
    older = 0
    for seed in range(24):
        done = damage(workspace.build("0002"), whole, seed)
        arguments = (
            ["metrics", "--reward-model", "rm-large", "--out", str(tmp_path / "out.parquet")],
            ["select", str(recipe), "--out", str(tmp_path / "out.jsonl")],
        )[seed % 2]
        code = main([*arguments, "--workspace", str(workspace.path)])
        out, said = capfd.readouterr()
        assert code in (0, 1), done
        for word in (*NEVER, str(workspace.path)):
            assert word not in said, (seed, done, said)
        assert len(said.splitlines()) <= 1, (seed, done, said)
        if code or "build 0001" in out:
            older += 1
            assert "Build 0002 (builds/0002.duckdb) " in said, (seed, done, said)
    assert older > 16


@pytest.mark.slow
def test_no_damage_is_unexpected(place: Place) -> None:
    """The build before serves whatever befell the pool; what befell a text alone is said when it is read."""
    workspace, whole, _ = place
    opened = {"0001": 0, "0002": 0}
    for seed in range(24, 300):
        done = damage(workspace.build("0002"), whole, seed)
        build, pool = open_pool(workspace)
        opened[build.id] += 1
        said = build.warning
        try:
            if build.id == "0002":
                assert len(list(export_lines(select(pool, Recipe.from_yaml(RECIPE)), build))) == 20, done
        except UserError as error:
            said = str(error)
        assert said or build.id == "0002", done
        assert "\n" not in (said or ""), done
        assert str(workspace.path) not in (said or ""), done
        build.close()
    assert opened["0001"] > 160


def test_the_pool_is_part_of_opening(place: Place) -> None:
    workspace, whole, _ = place
    workspace.build("0002").write_bytes(whole)
    with duckdb.connect(workspace.build("0002")) as db:
        db.execute("UPDATE score_values SET iid = 77 WHERE iid = 4")  # a row that no instruction has
    assert open_build(workspace).id == "0002"
    build, pool = open_pool(workspace)
    assert (build.id, len(pool)) == ("0001", 20)
    assert "Build 0002 (builds/0002.duckdb) is damaged" in (build.warning or "")
    with pytest.raises(UserError, match="is damaged"):  # where it is asked for by name, no other takes its place
        open_pool(workspace, "0002")


def test_embeddings_of_rows_that_are_not_there_are_damage(tmp_path: Path) -> None:
    workspace = publish(tmp_path, signalled(20, 3))
    with duckdb.connect(workspace.build("0001")) as db:
        db.execute("UPDATE instructions SET iid = 99 WHERE iid = 7")
        db.execute("UPDATE score_values SET iid = 99 WHERE iid = 7")
        db.execute("DELETE FROM answers; DELETE FROM cluster_members; DELETE FROM points; DELETE FROM tag_values")
        db.execute("DELETE FROM instruction_signals; DELETE FROM answer_signals")
    build, pool = open_pool(workspace)
    assert pool.vectors is not None
    with pytest.raises(UserError, match=r"Build 0001 \(builds/0001\.duckdb\) is damaged"):
        pool.vectors(None)
    build.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "CURRENT is missing"),
        (b"", "CURRENT names no build"),
        (b"\xff\xfe\0\0", "CURRENT names no build"),
        (b"../../etc/passwd", "CURRENT names no build"),
        (b"9" * 5000, "CURRENT names no build"),
        ("\u0660\u0661\u0662\u0663".encode(), "CURRENT names no build"),
        (b"0007\n", "Build 0007 is missing (there: 0002, 0001)"),
    ],
)
def test_a_damaged_current_gives_way_to_the_newest_build(
    tmp_path: Path, content: bytes | None, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path, plain(20, 3), "0001")
    workspace = publish(tmp_path, plain(20, 3), "0002")
    workspace.current.unlink()
    if content is not None:
        workspace.current.write_bytes(content)
    assert main(["agreement", "--workspace", str(tmp_path)]) == 0
    assert said in capfd.readouterr().err
    assert precompute(["status", "--workspace", str(tmp_path)]) == 0
    out = capfd.readouterr().out
    assert "build 0002" in out
    assert said in out


def test_a_build_of_no_such_name_is_no_path(place: Place) -> None:
    with pytest.raises(UserError, match=r"Build \.\./work is missing"):
        open_build(place[0], "../work")


def test_a_newest_build_that_is_open_elsewhere_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path, plain(20, 3), "0001")
    workspace = publish(tmp_path, plain(20, 3), "0002")
    with held(workspace.build("0002")) as process:
        assert main(["agreement", "--workspace", str(tmp_path)]) == 0
        assert capfd.readouterr().err == (
            f"crowdselect: Build 0002 (builds/0002.duckdb) is open in another program (process {process});"
            " close it and run this again. Build 0001 is used instead.\n"
        )
    assert main(["agreement", "--workspace", str(tmp_path)]) == 0
    assert capfd.readouterr().err == ""


def test_a_work_database_that_is_open_elsewhere_stays(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    workspace = small_workspace(tmp_path)
    before = workspace.work_db.read_bytes()
    more = write_long(tmp_path / "more.jsonl", 3, first=100)
    for command in (["ingest", str(more)], ["run", "metrics"], ["run", "embed", "--dry-run"]):
        with held(workspace.work_db) as process:
            capfd.readouterr()
            assert precompute([*command, "--workspace", str(workspace.path)]) == 1
            assert capfd.readouterr().err == (
                f"precompute: work.duckdb is open in another program (process {process});"
                " close it and run this again.\n"
            )
    assert workspace.work_db.read_bytes() == before
    assert not list(workspace.path.glob("*.damaged"))
    assert precompute(["ingest", str(more), "--workspace", str(workspace.path)]) == 0


def test_a_damaged_work_database_waits_for_the_build_that_would_restore_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    workspace = small_workspace(tmp_path)
    content = bytearray(workspace.work_db.read_bytes())
    content[3 * 4096 : 4 * 4096] = bytes(4096)
    workspace.work_db.write_bytes(content)
    with held(workspace.build("0001")):
        capfd.readouterr()
        assert precompute(["run", "metrics", "--workspace", str(workspace.path)]) == 1
        said = capfd.readouterr().err
    assert "builds/0001.duckdb is open in another program" in said
    assert "move it away" not in said
    assert precompute(["run", "metrics", "--workspace", str(workspace.path)]) == 0
