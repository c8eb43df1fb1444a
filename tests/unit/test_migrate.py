"""A workspace of schema 1 is migrated by its first writer: nothing is lost, nothing is paid for again."""

import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main
from precompute.jobs import JOBS
from tests.conftest import ROOT
from tests.openai_server import Running, serving

NOTICE = "work.duckdb was of schema 1 and is of schema 2 now; work.schema-1.duckdb is what it was."
SETTINGS = ("cluster.k=4", "cluster.embeddings=tiny/instruction", "project.methods=pca",
            "project.embeddings=tiny/instruction")  # fmt: skip


@pytest.fixture(scope="module")
def broken_server() -> Iterator[Running]:
    """Fails at every call, and counts them."""
    with serving("--faults", "1") as running:
        yield running


def run(folder: Path, *arguments: str) -> int:
    return main([*arguments, "--workspace", str(folder / "workspace")])


def rows(folder: Path, query: str, database: str = "work.duckdb") -> list[tuple]:
    with duckdb.connect(folder / "workspace" / database, read_only=True) as db:
        return db.execute(query).fetchall()


def test_everything_is_still_there_and_counts_as_done(
    old_workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [name for (name,) in rows(old_workspace, "SELECT table_name FROM duckdb_tables()") if name != "signals"]
    kept = {
        table: rows(old_workspace, f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608
        for table in tables
        if table not in ("meta", "jobs", "stamps", "digests", "score_metrics")
    }
    jobs = rows(old_workspace, "SELECT job, output, fingerprint FROM jobs ORDER BY ALL")
    monkeypatch.chdir(old_workspace)  # where the tokenizer lies
    assert run(old_workspace, "run", *(word for setting in SETTINGS for word in ("--set", setting))) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == NOTICE
    assert [line for line in out if "up to date" in line] == [
        "embed all-MiniLM-L6-v2/instruction: up to date",
        "cluster kmeans-4: up to date",
        "project pca: up to date",
    ]
    for table, before in kept.items():
        columns = len(before[0]) if before else 0
        assert [row[:columns] for row in rows(old_workspace, f"SELECT * FROM {table} ORDER BY ALL")] == before  # noqa: S608
    changed = {"ifd", "tokens", "metrics"}  # their parameters have another name; what the best response is
    after = rows(old_workspace, "SELECT job, output, fingerprint FROM jobs ORDER BY ALL")
    assert [row for row in after if row[0] not in changed] == [row for row in jobs if row[0] not in changed]
    assert run(old_workspace, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["migrated_from"]) == (2, 1)
    states = {(job["job"], job["output"]): job["state"] for job in found["jobs"]}
    assert {state for (job, _), state in states.items() if job in ("ifd", "judge", "tag", "generate", "reward")} == {
        "done"
    }
    assert run(old_workspace, "run", *(word for setting in SETTINGS for word in ("--set", setting))) == 0
    out = capsys.readouterr().out
    assert out.count("up to date") == 4
    assert "schema" not in out
    assert rows(old_workspace, "SELECT count(*) FROM signals", "work.schema-1.duckdb") == [(504,)]


def test_what_was_measured_of_an_answer_goes_to_that_answer(old_workspace: Path) -> None:
    old = dict(rows(old_workspace, "SELECT name, list(value ORDER BY iid) FROM signals GROUP BY name"))
    of_rows = rows(old_workspace, "SELECT method, iid, mid, value FROM ifd_rows ORDER BY ALL")
    assert run(old_workspace, "run", "metrics") == 0
    for method in ("ifd", "ifd_ppl"):
        now = rows(old_workspace, f"SELECT iid, mid, value FROM answer_signals WHERE name = '{method}' ORDER BY ALL")  # noqa: S608
        assert now == [row[1:] for row in of_rows if row[0] == method]
    now = rows(old_workspace, "SELECT name, list(value ORDER BY uuid) FROM signals GROUP BY name ORDER BY name")
    assert [name for name, _ in now] == ["quality", "tag_count", "tokens_instruction"]
    uuids = {uuid: iid for iid, uuid in rows(old_workspace, "SELECT iid, uuid FROM instructions")}
    for name, values in now:
        order = sorted(uuids)
        assert values == [old[name][uuids[uuid]] for uuid in order]
    # the tokens that were counted are those of the answer that they now stand beside
    words = rows(old_workspace, "SELECT corr(value, n_words) FROM answer_signals JOIN answers USING (iid, mid)"
                 " WHERE name = 'tokens_response'")  # fmt: skip
    assert words[0][0] > 0.99
    # both answers that the judge was asked about have a score: 84 calls, none of them by chance
    said = dict(rows(old_workspace, "SELECT payload, answer FROM calls WHERE job = 'judge'"))
    scores = rows(old_workspace, "SELECT count(*), count(DISTINCT iid) FROM answer_signals WHERE name = 'direct_score'")
    assert scores == [(len(said), 56)] == [(84, 56)]
    build = open_build(Workspace.of(old_workspace / "workspace"))
    pool = load_pool(build)
    build.close()
    assert pool.response_signals["direct_score"].shape == (7, 56)
    assert sorted(pool.signals) == ["quality", "tag_count", "tokens_instruction"]


def test_nothing_is_asked_again(
    old_workspace: Path, broken_server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was generated, tagged and judged: a dry run counts the answers that were never measured, and no others."""
    file = old_workspace / "models.yaml"
    models = yaml.safe_load(file.read_text())
    for entry in (*models["models"], models["tag"], models["judge"]):
        entry |= {"base_url": broken_server.base_url, "retries": 0}
    file.write_text(yaml.safe_dump(models))
    before = sum(broken_server.stats()["asked"].values())
    assert run(old_workspace, "run", "generate", "reward", "tag", "--models", str(file)) == 0
    assert sum(broken_server.stats()["asked"].values()) == before
    judged = "SELECT DISTINCT model FROM response_signals WHERE name = 'direct_score'"
    for (model,) in rows(old_workspace, judged):
        capsys.readouterr()
        setting = f"judge.responses=model:{model}"
        assert run(old_workspace, "run", "judge", "--models", str(file), "--set", setting, "--dry-run", "--json") == 0
        calls = json.loads(capsys.readouterr().out.splitlines()[-1])["total"]["calls"]
        query = "SELECT count(*) FROM response_signals JOIN models USING (model) JOIN responses r USING (uuid, model)" \
            " WHERE name = 'direct_score' AND model = ? AND n_words > 0"  # fmt: skip
        with duckdb.connect(old_workspace / "workspace" / "work.duckdb", read_only=True) as db:
            ((known,),) = db.execute(query, [model]).fetchall()
            ((answered,),) = db.execute(
                "SELECT count(*) FROM responses WHERE model = ? AND n_words > 0", [model]
            ).fetchall()
        assert calls == answered - known
    assert sum(broken_server.stats()["asked"].values()) == before


KILLED = """
import os, signal, sys
import duckdb
from pathlib import Path
from precompute import migrate
place = int(sys.argv[1])
seen = 0
class Counting:
    def __init__(self, db): self.db = db
    def __getattr__(self, name):
        return getattr(self.db, name)
    def execute(self, *given):
        global seen
        seen += 1
        if seen == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.db.execute(*given)
real = migrate.migrate
def counted(db, *given):
    real(Counting(db), *given)
    print(seen, flush=True)
migrate.migrate = counted
from precompute.cli import main
sys.exit(main(["run", "metrics", "--workspace", sys.argv[2]]))
"""


def killed_at(place: int, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(place), str(folder / "workspace")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_killed_at_any_statement_it_is_the_one_or_the_other(old_workspace: Path, tmp_path: Path) -> None:
    pristine = tmp_path / "pristine"
    shutil.copytree(old_workspace / "workspace", pristine)
    done = killed_at(-1, old_workspace)
    assert done.returncode == 0, done.stderr
    statements = int(done.stdout.splitlines()[1])
    for place in (2, statements // 2, statements):
        shutil.rmtree(old_workspace / "workspace")
        shutil.copytree(pristine, old_workspace / "workspace")
        assert killed_at(place, old_workspace).returncode == -signal.SIGKILL
        ((version,),) = rows(old_workspace, "SELECT value FROM meta WHERE key = 'schema_version'")
        assert (version, len(rows(old_workspace, "SELECT * FROM signals"))) == ("1", 504)
        assert run(old_workspace, "run", "metrics") == 0
        assert rows(old_workspace, "SELECT value FROM meta WHERE key = 'schema_version'") == [("2",)]
        assert rows(old_workspace, "SELECT count(*) FROM answer_signals") == [(364,)]


def test_a_full_disk_leaves_it_as_it_was(old_workspace: Path) -> None:
    """A limit on the length of files stands in for it."""
    workspace = old_workspace / "workspace"
    before = (workspace / "work.duckdb").read_bytes()
    command = [sys.executable, "-m", "precompute", "run", "metrics", "--workspace", str(workspace)]
    limit = 4_000_000
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "has to be migrated, but a copy of its 7,614,464 bytes cannot be kept" in done.stderr
    assert "no file larger than 4,000,000 bytes" in done.stderr
    assert (workspace / "work.duckdb").read_bytes() == before
    assert not list(workspace.glob("*.tmp"))
    assert run(old_workspace, "run", "metrics") == 0


def test_status_says_what_will_happen(old_workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(old_workspace, "status") == 0
    assert "schema 1: the next command that writes migrates it to schema 2" in capsys.readouterr().out
    assert run(old_workspace, "run", "metrics") == 0
    capsys.readouterr()
    assert run(old_workspace, "status") == 0
    assert "schema 2, migrated from schema 1" in capsys.readouterr().out


def test_tags_without_an_order_are_migrated_too(old_workspace: Path) -> None:
    with duckdb.connect(old_workspace / "workspace" / "work.duckdb") as db:
        db.execute("DROP VIEW tags")
        db.execute("ALTER TABLE tag_values DROP COLUMN place")
    assert run(old_workspace, "run", "metrics") == 0
    assert rows(old_workspace, "SELECT count(*), count(place) FROM tags")[0][1] == 0


def test_every_job_of_rows_is_known_to_the_migration() -> None:
    """A job whose rows follow from its parameters alone keeps its rows; the others were made of what stands there."""
    assert {name for name, job in JOBS.items() if not job.INCREMENTAL} == {
        "cluster",
        "duplicates",
        "metrics",
        "project",
    }
