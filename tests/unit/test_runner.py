"""The runner: batches that are committed with their progress, outputs that are made again only when they must be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crowdselect.errors import UserError
from crowdselect.store import Workspace
from precompute.cli import main
from precompute.database import Database, one, registered, stamps, touch, transaction
from precompute.engines import engine
from precompute.jobs import protocol
from precompute.jobs.protocol import Batch
from precompute.progress import Report
from precompute.runner import run_jobs
from precompute.session import writer
from tests.unit.workspaces import small_workspace, write_long


class Words(protocol.Params):
    """The parameter of the job below."""

    times: int = 1


class CountWords:
    """A real job in small: the words of each instruction, times a parameter, two rows a batch."""

    NAME, VERSION, INCREMENTAL, Params = "words", 1, False, Words

    def __init__(self, incremental: bool = False, version: int = 1, fail_after: int = 10**9) -> None:
        self.INCREMENTAL, self.VERSION, self.fail_after = incremental, version, fail_after
        self.ran = 0

    def outputs(self, params: Words) -> list[str]:
        return ["words"]

    def needs(self, params: Words) -> list[str]:
        return ["instructions"]

    def makes(self, output: str) -> str:
        return f"signals:{output}"

    def clear(self, db: Database, output: str) -> None:
        db.execute("DELETE FROM instruction_signals WHERE name = ?", [output])

    def batches(self, db: Database, output: str, params: Words) -> Iterator[Batch]:
        left = db.execute(
            "SELECT iid, n_words FROM instructions"
            " WHERE iid NOT IN (SELECT iid FROM instruction_signals WHERE name = ?) ORDER BY iid",
            [output],
        ).fetchall()
        for start in range(0, len(left), 2):
            some = left[start : start + 2]
            yield Batch(len(some), lambda some=some: pa.table({"iid": [r[0] for r in some], "n": [r[1] for r in some]}))

    def run(self, batch: pa.Table, output: str, params: Words) -> pa.Table:
        self.ran += 1
        if self.ran > self.fail_after:
            raise RuntimeError("broken")
        values = [n * params.times for n in batch["n"].to_pylist()]
        return pa.table({"iid": batch["iid"], "value": pa.array(values, pa.float64())})

    def write(self, db: Database, made: pa.Table, output: str, params: Words) -> None:
        with registered(db, made_words=made):
            db.execute("INSERT INTO instruction_signals SELECT iid, ?, value FROM made_words", [output])


class After(CountWords):
    """A job that needs what CountWords makes."""

    NAME = "after"

    def needs(self, params: Words) -> list[str]:
        return ["signals:words"]

    def outputs(self, params: Words) -> list[str]:
        return ["after"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_workspace(tmp_path)


def run(db: Database, workspace: Workspace, *jobs: Any, named: bool = True, **params: Any) -> int:
    pairs = [(job, Words(**params)) for job in jobs]
    return run_jobs(db, pairs, engine("local"), "local", Report(workspace, "run"), named)


def values(db: Database, name: str = "words") -> list[float]:
    return [
        v for (v,) in db.execute("SELECT value FROM instruction_signals WHERE name = ? ORDER BY iid", [name]).fetchall()
    ]


def row(db: Database, job: str = "words") -> tuple:
    ((rows, finished),) = db.execute("SELECT rows, finished IS NOT NULL FROM jobs WHERE job = ?", [job]).fetchall()
    return rows, finished


def test_a_job_is_done_once(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with writer(workspace) as db:
        job = CountWords()
        assert run(db, workspace, job) == 12
        assert (job.ran, row(db), len(values(db))) == (6, (12, True), 12)
        assert run(db, workspace, job) == 0
        assert job.ran == 6
    assert "words: up to date" in capsys.readouterr().out


def test_a_run_that_broke_goes_on_where_it_was(workspace: Workspace) -> None:
    with writer(workspace) as db:
        with pytest.raises(RuntimeError):
            run(db, workspace, CountWords(fail_after=2))
        assert row(db) == (4, False)
        whole = CountWords()
        run(db, workspace, whole)
        assert (whole.ran, row(db), len(values(db))) == (4, (12, True), 12)


def test_rows_and_progress_are_one_commit(workspace: Workspace) -> None:
    class FailsToWrite(CountWords):
        def write(self, db: Database, made: pa.Table, output: str, params: Words) -> None:
            super().write(db, made, output, params)
            if len(values(db)) > 4:
                raise RuntimeError("after the rows, before the progress")

    with writer(workspace) as db:
        with pytest.raises(RuntimeError):
            run(db, workspace, FailsToWrite())
        assert row(db) == (4, False)
        assert len(values(db)) == 4


@pytest.mark.parametrize("change", ["version", "params", "needs"])
def test_what_depends_on_a_change_is_made_again(workspace: Workspace, change: str) -> None:
    with writer(workspace) as db:
        first = CountWords()
        run(db, workspace, first)
        before = values(db)
        if change == "needs":
            with transaction(db):
                db.execute("UPDATE instructions SET n_words = n_words + 1")
                touch(db, "instructions")
        second = CountWords(version=2 if change == "version" else 1)
        run(db, workspace, second, times=3 if change == "params" else 1)
        assert second.ran == 6
        expected = {
            "version": before,
            "params": [3 * n for n in before],
            "needs": [n + 1 for n in before],
        }
        assert values(db) == expected[change]


def test_other_changes_make_nothing_again(workspace: Workspace) -> None:
    with writer(workspace) as db:
        run(db, workspace, CountWords())
        with transaction(db):
            touch(db, "scores", "models")
        job = CountWords()
        run(db, workspace, job)
        assert job.ran == 0


def test_an_incremental_job_adds_what_is_new(workspace: Workspace, tmp_path: Path) -> None:
    with writer(workspace) as db:
        run(db, workspace, CountWords(incremental=True))
    more = write_long(tmp_path / "more.jsonl", 3, first=12)
    assert main(["ingest", str(more), "--workspace", str(workspace.path)]) == 0
    with writer(workspace) as db:
        before = stamps(db)["signals:words"]
        job = CountWords(incremental=True)
        assert run(db, workspace, job) == 3
        assert (job.ran, row(db), len(values(db))) == (2, (15, True), 15)
        assert stamps(db)["signals:words"] > before


def test_a_job_without_its_needs_says_what_to_run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with writer(workspace) as db:
        with pytest.raises(UserError, match="after needs signals:words"):
            run(db, workspace, After())
        assert run(db, workspace, After(), named=False) == 0
    assert "after: skipped" in capsys.readouterr().out


def test_no_job_builds_upon_half_of_another(workspace: Workspace) -> None:
    with writer(workspace) as db:
        with pytest.raises(RuntimeError):
            run(db, workspace, CountWords(fail_after=2))
        with pytest.raises(UserError, match="not whole"):
            run(db, workspace, After())
        run(db, workspace, CountWords(), After())
        made = After()
        run(db, workspace, made)
        assert made.ran == 0
        run(db, workspace, CountWords(version=2), made)
        assert made.ran == 6


def test_what_was_attached_is_never_computed_over(workspace: Workspace, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("uuid,words\nu00001,77\n")
    assert main(["attach", "metric", str(mine), "--column", "words", "--workspace", str(workspace.path)]) == 0
    with writer(workspace) as db:
        job = CountWords()
        assert run(db, workspace, job) == 0
        assert values(db) == [77.0]


def test_progress_is_told_to_who_looks(workspace: Workspace) -> None:
    seen = []

    class Looks(CountWords):
        def run(self, batch: pa.Table, output: str, params: Words) -> pa.Table:
            seen.append(json.loads(workspace.progress.read_bytes()))
            return super().run(batch, output, params)

    with writer(workspace) as db:
        run(db, workspace, Looks())
    assert seen[0]["state"] == "running"
    assert (seen[0]["job"], seen[0]["output"], seen[0]["done"], seen[0]["total"]) == ("words", "words", 0, 12)
    keys = "command done eta_s job message output pid rate started state step steps total"
    assert " ".join(sorted(seen[0])) == keys


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UserError, match=r"slurm.*not available.*local, ray"):
        engine("slurm")


def test_metrics_are_made_for_every_reward_model(workspace: Workspace) -> None:
    assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    with writer(workspace) as db:
        query = "SELECT reward_model, count(*), min(n_scores), count(difficulty) FROM metrics GROUP BY 1 ORDER BY 1"
        assert db.execute(query).fetchall() == [("rm-a", 12, 4, 12), ("rm-b", 12, 4, 12)]
        query = """
            SELECT max(abs(m.difficulty + s.mean)), max(abs(m.separability - s.variance)), max(abs(m.reward - s.best))
            FROM metrics m JOIN (SELECT uuid, reward_model, avg(score) AS mean, var_pop(score) AS variance,
                max(score) AS best FROM scores GROUP BY ALL) s USING (uuid, reward_model)
        """
        assert max(db.execute(query).fetchall()[0]) < 1e-12
        assert one(db, "SELECT count(DISTINCT stability) FROM metrics") > 1


def test_metrics_use_the_scores_that_are_there(workspace: Workspace) -> None:
    with writer(workspace) as db:
        with transaction(db):
            db.execute("DELETE FROM score_values WHERE iid = 0 AND mid != 0")
            db.execute("DELETE FROM score_values WHERE iid = 1 AND rid = 0")
            touch(db, "scores")
        assert one(db, "SELECT count(*) FROM score_values WHERE iid = 0") == 2
    assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    with writer(workspace) as db:
        rows = db.execute(
            "SELECT n_scores, separability, stability FROM metrics WHERE uuid = 'u00000' AND reward_model = 'rm-a'"
        ).fetchall()
        assert rows == [(1, 0.0, None)]
        assert one(db, "SELECT count(*) FROM metrics WHERE uuid = 'u00001'") == 1
