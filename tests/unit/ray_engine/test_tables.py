"""The Ray engine on two nodes of this machine: the tables of the local engine, whoever dies on the way."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import yaml

from crowdselect.store import Workspace
from precompute.cli import main
from precompute.engines.ray import leave
from precompute.session import writer
from tests.unit.ray_engine.cluster import HOST, WORKER, words, workers
from tests.unit.tiny_models import save_causal_model, save_reward_model
from tests.unit.workspaces import small_workspace

pytestmark = pytest.mark.slow  # a cluster of processes

ROOT = Path(__file__).resolve().parents[3]
TABLES = (
    "SELECT name, uuid, model, value FROM response_signals",
    "SELECT * FROM ifd_rows",
    "SELECT * FROM responses",
    "SELECT job, name, payload, finish, tokens_in, tokens_out FROM calls",
    "SELECT * FROM scores",
    "SELECT * FROM metrics",
    "SELECT file, reason FROM rejects",
    "SELECT job, output, params, rows, finished IS NOT NULL FROM jobs",
)
JOBS = ("generate", "reward", "ifd", "metrics")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace, a reward model, a language model that also answers, and their models.yaml."""
    folder = tmp_path_factory.mktemp("pool")
    small_workspace(folder, rows=20)
    reward = {"name": "tiny", "path": str(save_reward_model(folder / "reward")), "max_length": 100, "batch_size": 4}
    ifd = {"path": str(save_causal_model(folder / "causal")), "batch_size": 2}
    greedy = {"name": "greedy", "path": ifd["path"], "params": {"max_tokens": 6}}
    sampled = greedy | {"name": "sampled", "params": {"max_tokens": 6, "temperature": 0.9, "seed": 7}}
    parts = {"models": [greedy, sampled], "reward_models": [reward], "ifd": ifd}
    (folder / "models.yaml").write_text(yaml.safe_dump(parts))
    return folder


def fresh(pool: Path, folder: Path) -> tuple[Workspace, list[str]]:
    """A copy of the workspace, and the arguments that run the jobs on it."""
    shutil.copytree(pool / "workspace", folder / "workspace")
    workspace = Workspace.of(folder / "workspace")
    return workspace, ["run", *JOBS, "--models", str(pool / "models.yaml"), "--workspace", str(workspace.path)]


def tables(workspace: Workspace) -> list[list[tuple]]:
    with writer(workspace) as db:
        return [db.execute(f"{query} ORDER BY ALL").fetchall() for query in TABLES]


@pytest.fixture(scope="module")
def expected(pool: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple]]:
    """What the local engine makes, with batches of another size."""
    workspace, arguments = fresh(pool, tmp_path_factory.mktemp("local"))
    text = (pool / "models.yaml").read_text().replace("batch_size: 4", "batch_size: 7").replace("size: 2", "size: 3")
    (workspace.path.parent / "other.yaml").write_text(text)
    arguments[arguments.index("--models") + 1] = str(workspace.path.parent / "other.yaml")
    assert main(arguments) == 0
    made = tables(workspace)
    assert all(made)
    assert len({(name, uuid) for name, uuid, *_ in made[0]}) == 20 * 4
    assert {model for _, model, *_ in made[2]} > {"greedy", "sampled"}
    return made


def scores(workspace: Workspace) -> dict[tuple[str, str], float]:
    with writer(workspace) as db:
        rows = db.execute("SELECT uuid, model, score FROM scores WHERE reward_model = 'tiny'").fetchall()
    assert len(rows) == len({row[:2] for row in rows}), "a score stands there twice"
    return {(uuid, model): score for uuid, model, score in rows}


def _open_files(process: psutil.Process) -> list[str]:
    try:
        return [file.path for file in process.open_files()]
    except psutil.Error:
        return []


def rows_done(workspace: Workspace) -> int:
    try:
        state = json.loads(workspace.progress.read_bytes())
    except (OSError, ValueError):
        return 0
    return int(state["done"]) if state["state"] == "running" else 0


def test_both_engines_make_equal_tables_and_a_killed_worker_changes_nothing(
    cluster: str, pool: Path, expected: list[list[tuple]], tmp_path: Path
) -> None:
    workspace, arguments = fresh(pool, tmp_path)
    assert main([*arguments, "--engine", "ray", "--ray-address", cluster]) == 0
    assert tables(workspace) == expected
    with writer(workspace) as db:
        assert db.execute("SELECT DISTINCT engine FROM jobs WHERE job != 'attach'").fetchall() == [("ray",)]

    workspace, arguments = fresh(pool, tmp_path / "again")
    killed: list[int] = []

    def kill_one() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and not killed:
            if rows_done(workspace) and (found := workers(f"{WORKER}.submit")):
                found[0].kill()
                killed.append(found[0].pid)
            time.sleep(0.002)

    killer = threading.Thread(target=kill_one)
    killer.start()
    assert main([*arguments, "--engine", "ray", "--ray-address", cluster]) == 0
    killer.join()
    assert killed
    assert tables(workspace) == expected


def test_an_error_of_the_job_itself_is_said_as_it_is(
    cluster: str, pool: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, arguments = fresh(pool, tmp_path)
    settings = ["--set", "ifd.max_length=5000", "--engine", "ray", "--ray-address", cluster]
    assert main(["run", "ifd", *arguments[1 + len(JOBS) :], *settings]) == 1
    assert "ifd.max_length=5000 is more than the 2,048 tokens" in capsys.readouterr().err


def test_a_cluster_that_dies_ends_in_one_line_and_nothing_committed_is_lost(pool: Path, tmp_path: Path) -> None:
    """With a cluster of its own, begun as a user would."""
    pytest.importorskip("ray")
    port, temporary = "6391", Path(f"/tmp/ray-{os.getpid()}")  # noqa: S108  the paths of sockets must be short
    ray = [sys.executable, "-c", "from ray.scripts.scripts import main; main()"]
    # Where Ray has left a token at home, a cluster would ask for it.
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    start = [
        "start",
        "--head",
        f"--node-ip-address={HOST}",
        f"--port={port}",
        "--num-cpus=1",
        "--include-dashboard=false",
    ]
    size = ["--object-store-memory=80000000", f"--temp-dir={temporary}"]
    subprocess.run([*ray, *start, *size], env=environment, check=True, capture_output=True, timeout=120)
    ours = [process for process in psutil.process_iter() if any(str(temporary) in word for word in words(process))]
    try:
        workspace = small_workspace(tmp_path, rows=250)
        arguments = ["run", "reward", "--models", str(pool / "models.yaml"), "--workspace", str(workspace.path)]
        command = [sys.executable, "-m", "precompute", *arguments, "--engine", "ray", "--ray-address", f"{HOST}:{port}"]
        run = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        until = time.monotonic() + 180
        while not rows_done(workspace) and run.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        all_workers = workers("ray::")
        theirs = [process for process in all_workers if any(str(temporary) in file for file in _open_files(process))]
        assert theirs
        for process in [*theirs, *ours]:
            if process.is_running():
                process.kill()
        _, error = run.communicate(timeout=120)
        assert run.returncode == 1, error[-2000:]
        last = error.strip().splitlines()[-1]
        assert last.startswith("precompute: ")
        assert "What is committed stays; run the same command again to go on." in last
        before = scores(workspace)
        assert 0 < len(before) < 1000
        assert main(arguments) == 0
        after = scores(workspace)
        assert after.items() >= before.items()
        with writer(workspace) as db:
            assert len(after) + len(db.execute("FROM rejects").fetchall()) == 1000
    finally:
        for process in ours:
            if process.is_running():
                process.kill()
        shutil.rmtree(temporary, ignore_errors=True)


def test_without_ray_a_line_says_what_to_install(pool: Path, tmp_path: Path) -> None:
    _, arguments = fresh(pool, tmp_path)
    code = "import sys; sys.modules['ray'] = None; from precompute.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--engine", "ray"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines()[0] == 'precompute: --engine ray needs Ray: pip install "ray[data]==2.60.0".'


def test_an_address_where_nobody_listens_is_said_at_once(
    pool: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import ray

    leave()
    ray.shutdown()  # what an earlier test has joined
    _, arguments = fresh(pool, tmp_path)
    assert main([*arguments, "--engine", "ray", "--ray-address", "127.0.0.3:1"]) == 1
    assert "The Ray cluster at 127.0.0.3:1 cannot be reached" in capsys.readouterr().err
