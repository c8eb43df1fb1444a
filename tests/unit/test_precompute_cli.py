"""The command line of precompute: exit codes, one line for a failure, each file once."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crowdselect.store import Workspace, open_build
from precompute.cli import main
from precompute.session import writer
from tests.conftest import ROOT
from tests.unit.workspaces import long_lines, small_workspace, write_long


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path)


def run(workspace: Workspace, *arguments: object) -> int:
    return main([*map(str, arguments), "--workspace", str(workspace.path)])


def count(workspace: Workspace, table: str) -> int:
    build = open_build(workspace)
    try:
        assert build.warning is None, build.warning
        return build.query(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()  # noqa: S608  names of this test
    finally:
        build.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bogus"], "No such command"),
        (
            ["run", "bogus"],
            "choose from generate, reward, ifd, tag, judge, tokens, language, embed, duplicates, cluster, ",
        ),
        (["run", "--set", "cluster.q=1"], "cluster has k, seed"),
        (["run", "--set", "cluster.k=[1]"], "cluster.k=[1] is wrong"),
        (["run", "--set", "cluster.k=0"], "cluster.k=0 is wrong"),
        (["run", "--set", "k=3"], "job.key=value"),
        (["run", "--set", "bogus.k=3"], "Unknown job 'bogus'"),
        (["ingest"], "Missing argument"),
        (["run", "--nope"], "No such option"),
        (["attach", "clusters", "x.parquet"], "Missing option"),
    ],
)
def test_a_usage_error_is_a_line_and_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*arguments, *([] if arguments == ["bogus"] else ["--workspace", str(tmp_path / "w")])]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest", "/no/such/file.jsonl"], "/no/such/file.jsonl"),
        (["ingest", "/no/such/file.jsonl", "--format", "bogus"], "Unknown format 'bogus'"),
        (["run"], "ingest PATH"),
        (["run", "metrics"], "ingest PATH"),
        (["run", "--engine", "slurm"], "'slurm' is not available"),
        (["attach", "clusters", "/no/such.parquet", "--column", "k"], "/no/such.parquet"),
        (["attach", "families", "/no/such.csv"], "/no/such.csv"),
    ],
)
def test_any_other_failure_is_a_line_and_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--workspace", str(tmp_path / "w")]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_a_file_is_taken_in_once(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes((tmp_path / "pool.jsonl").read_bytes())
    assert run(workspace, "ingest", copy) == 0
    output = capsys.readouterr().out
    assert "copy.jsonl: ingested before" in output
    assert "Nothing has changed since build 0001" in output
    assert count(workspace, "responses") == 48


def test_what_was_read_is_accounted_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = Workspace.of(tmp_path / "w")
    file = write_long(tmp_path / "pool.jsonl", 3)
    file.write_text(file.read_text() + file.read_text().splitlines()[0] + "\n{broken\n")
    assert run(workspace, "ingest", file) == 0
    assert "pool.jsonl: read 14 = kept 12 + rejected 2" in capsys.readouterr().out
    written = [json.loads(line) for line in (workspace.rejects / "pool.jsonl.jsonl").read_text().splitlines()]
    assert [(row["file"], row["line"]) for row in written] == [("pool.jsonl", 13), ("pool.jsonl", 14)]
    assert written[0]["reason"] == "repeats line 1"


def test_all_refused_is_a_failure_that_names_the_rejects(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"instruction": 5}\n')
    assert run(workspace, "ingest", bad) == 1
    error = capsys.readouterr().err
    assert "All 1 records were rejected (instruction is 5, not a text)" in error
    assert str(workspace.rejects / "bad.jsonl.jsonl") in error


def test_an_empty_file_is_said_to_be_empty(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    assert run(workspace, "ingest", tmp_path / "empty.jsonl") == 0
    assert "empty.jsonl: holds no records" in capsys.readouterr().out


def test_two_files_meet_in_one_pool(workspace: Workspace, tmp_path: Path) -> None:
    lines = [line | {"scores": {"rm-c": 1.0}} for line in long_lines(2)]
    more = tmp_path / "more.jsonl"
    more.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run(workspace, "ingest", more) == 0
    assert count(workspace, "instructions") == 12
    assert count(workspace, "scores") == 12 * 4 * 2 + 8


def test_nothing_is_published_when_told_so(workspace: Workspace, tmp_path: Path) -> None:
    assert run(workspace, "ingest", write_long(tmp_path / "more.jsonl", 3, first=12), "--no-publish") == 0
    assert workspace.current_build() == "0001"
    assert run(workspace, "run", "metrics") == 0
    assert workspace.current_build() == "0002"
    assert count(workspace, "instructions") == 15


def test_parameters_are_read_as_yaml(workspace: Workspace) -> None:
    from precompute.parameters import parameters

    found = parameters(["project.methods=[pca]", "cluster.k=3", "cluster.name=mine"])
    assert (found["project"].methods, found["cluster"].k, found["cluster"].name) == (("pca",), 3, "mine")
    assert found["metrics"].model_dump() == {}


def test_status_says_what_there_is(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(workspace, "run", "metrics") == 0
    capsys.readouterr()
    assert run(workspace, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["build"], found["instructions"], found["responses"], found["models"]) == ("0002", 12, 48, 4)
    assert (found["reward_models"], found["writer"], found["synthetic"]) == (["rm-a", "rm-b"], None, False)
    states = {(job["job"], job["output"]): job["state"] for job in found["jobs"]}
    assert states["metrics", "metrics"] == "done"
    assert states["cluster", "kmeans-30"] == "missing"
    families = workspace.path.parent / "families.csv"
    families.write_text("model,family,params_b\nother-7b,mine,7\n")
    assert run(workspace, "attach", "families", families) == 0
    capsys.readouterr()
    assert run(workspace, "status") == 0
    output = capsys.readouterr().out
    assert "stale      metrics" in output
    assert "makes what is stale" in output


def test_status_works_while_a_writer_runs(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    import os

    with writer(workspace):
        assert run(workspace, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["writer"] == os.getpid()
    assert found["instructions"] == 12


def test_a_second_writer_names_the_first_and_gives_up_at_once(workspace: Workspace) -> None:
    import os

    with writer(workspace):
        began = time.monotonic()
        second = subprocess.run(
            [sys.executable, "-m", "precompute", "run", "metrics", "--workspace", str(workspace.path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
    assert second.returncode == 1
    assert f"Process {os.getpid()} is writing" in second.stderr
    assert f"kill {os.getpid()}" in second.stderr
    assert second.stderr.count("\n") == 1
    assert seconds < 30  # it does not wait for the first one to end


def test_status_starts_at_once(workspace: Workspace) -> None:
    code = "import sys; from precompute.cli import main; main(sys.argv[1:]); print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code, "status", "--workspace", str(workspace.path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "torch",
        "umap",
        "sklearn",
        "transformers",
        "sentence_transformers",
        "numba",
        "pandas",
        "scipy",
    }


def test_what_is_unexpected_is_a_line_and_a_traceback_in_the_log(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with writer(workspace) as db:
        db.execute("DROP TABLE points CASCADE")
        db.execute("CREATE TABLE points AS SELECT 1 AS x")
        db.execute("DROP VIEW IF EXISTS projections")
    assert run(workspace, "run", "metrics") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Traceback" not in error
    assert str(workspace.logs / "precompute.log") in error
    assert "Traceback" in (workspace.logs / "precompute.log").read_text()


def test_terminal_codes_in_names_are_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"instruction": "Say hi.", "model": "evil\x1b[2Jmodel", "response": "hi", "scores": {"r": 1}}]
    (tmp_path / "evil.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    main(["ingest", str(tmp_path / "evil.jsonl"), "--workspace", str(tmp_path / "w")])
    assert "\x1b[2J" not in capsys.readouterr().out


@pytest.mark.slow
def test_the_real_pool_is_the_same_from_parquet_and_from_lines(alpacaeval: Path, tmp_path: Path) -> None:
    found = []
    for name in ("zoo.parquet", "responses.jsonl.gz"):
        workspace = Workspace.of(tmp_path / name)
        families = alpacaeval / "families.csv"
        assert run(workspace, "ingest", alpacaeval / name, "--families", families) == 0
        build = open_build(workspace)
        digests = build.digests()
        found.append({key: digests[key] for key in ("responses", "scores", "models")})
        found[-1]["texts"] = build.query("SELECT uuid, instruction FROM instructions ORDER BY uuid").to_pylist()
        build.close()
    assert found[0] == found[1]
    assert found[0]["responses"].startswith("16902:")


def test_a_demo_never_mixes_with_real_data(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(workspace, "demo", "--rows", "5") == 1
    assert "--workspace of its own" in capsys.readouterr().err
    assert run(workspace, "status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["synthetic"] is False


def test_a_damaged_parquet_file_of_a_named_format_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1" + b"x" * 500)
    assert main(["ingest", str(damaged), "--format", "magpie_zoo", "--workspace", str(tmp_path / "w")]) == 1
    said = capsys.readouterr().err
    assert "All 1 records were rejected" in said
    assert "Unexpected" not in said
    assert "arquet" in next((tmp_path / "w" / "rejects").iterdir()).read_text()
