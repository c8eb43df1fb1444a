"""kill -9 at a random instant of every kind of work, run again: the same tables as if nothing had happened."""

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from crowdselect.store import Workspace
from precompute.cli import main
from tests.faults.work import command, dump, finish, ingest_in_small_chunks, start
from tests.unit.tiny_models import save_causal_model, save_reward_model

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "20"))
SHARES = {"reward": 0.4, "ifd": 0.4}  # a model is loaded at each start: fewer kills of these
IN_A_ROW = 4  # kills of one workspace before it may finish
ROWS = 60
MODELS = ("Qwen2-1.5B-Instruct", "Qwen2-7B-Instruct", "Qwen2-72B-Instruct", "other-7b")
UUIDS = [f"u{row:04d}" for row in range(ROWS)]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long-form file: 60 instructions x 4 models, 8 reward models, and some lines that must be refused."""
    rng = random.Random(5)
    words = "tell me about the sea and why it is salty or sum two numbers in python please".split()  # noqa: SIM905
    lines = []
    for uuid in UUIDS:
        text = " ".join(rng.choices(words, k=rng.randint(3, 30)))
        for model in MODELS:
            scores = {f"rm-{n}": round(rng.gauss(0, 1), 3) for n in range(8)}
            line = {"uuid": uuid, "instruction": text, "model": model, "response": f"{model} {text[::-1]}"}
            lines.append(json.dumps(line | {"scores": scores}))
        if rng.random() < 0.3:
            lines.append(rng.choice(["{broken", lines[-1], lines[0].replace("tell", "sell"), '{"instruction": 4}']))
    path = tmp_path_factory.mktemp("pool") / "pool.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def ingested(pool: Path) -> Path:
    """A workspace that holds the pool, and embeddings where a job needs them."""
    path = pool.parent / "ingested"
    assert main(["ingest", str(pool), "--workspace", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def embedded(pool: Path, ingested: Path) -> Path:
    """The same with attached embeddings."""
    path = pool.parent / "embedded"
    shutil.copytree(ingested, path)
    np.save(pool.parent / "e.npy", np.random.default_rng(1).normal(size=(ROWS, 16)).astype(np.float32))
    (pool.parent / "ids.txt").write_text("\n".join(UUIDS) + "\n")
    arguments = [str(pool.parent / "e.npy"), "--ids", str(pool.parent / "ids.txt"), "--name", "mine"]
    assert main(["attach", "embeddings", *arguments, "--workspace", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def labels(pool: Path) -> Path:
    """A file to attach: labels of a few ids that are known and one that is not."""
    path = pool.parent / "labels.parquet"
    topics = [f"topic {row % 7}" for row in range(ROWS)]
    pq.write_table(pa.table({"uuid": [*UUIDS, "nobody"], "topic": [*topics, "none"]}), path)
    return path


@pytest.fixture(scope="module")
def models(pool: Path) -> Path:
    """A models.yaml that names a tiny reward model and a tiny language model."""
    reward = {"name": "tiny", "path": str(save_reward_model(pool.parent / "reward"))}
    ifd = {"path": str(save_causal_model(pool.parent / "causal"))}
    path = pool.parent / "models.yaml"
    path.write_text(yaml.safe_dump({"reward_models": [reward], "ifd": ifd}))
    return path


RUNS = {
    "embed": ["run", "embed", "--set", "embed.batch_size=6"],
    "cluster": ["run", "cluster", "--set", "cluster.k=5"],
    "project": ["run", "project", "--set", "project.methods=[pca, tsne]"],
    "metrics": ["run", "metrics"],
    "reward": ["run", "reward", "--models", "MODELS", "--set", "reward.batch_size=12"],
    "ifd": ["run", "ifd", "--models", "MODELS", "--set", "ifd.batch_size=4"],
}


@pytest.mark.parametrize("work", ["ingest", *RUNS, "attach"])
def test_kill_and_run_again(
    work: str, pool: Path, ingested: Path, embedded: Path, labels: Path, models: Path, tmp_path: Path
) -> None:
    def fresh(name: str) -> Workspace:
        path = tmp_path / name
        if work != "ingest":
            shutil.copytree(embedded if work in ("cluster", "project") else ingested, path)
        return Workspace.of(path)

    def job(workspace: Workspace) -> tuple[Callable[..., None], list[str]]:
        if work == "ingest":
            return ingest_in_small_chunks, [str(pool), str(workspace.path)]
        arguments = RUNS.get(work, ["attach", "clusters", str(labels), "--column", "topic"])
        named = [str(models) if argument == "MODELS" else argument for argument in arguments]
        return command, [*named, "--workspace", str(workspace.path)]

    clean = fresh("clean")
    span = finish(*job(clean))
    expected = dump(clean)
    rng, kills, round_number = random.Random(f"{work}-7"), 0, 0
    while kills < KILLS * SHARES.get(work, 1):
        workspace = fresh(f"round{round_number}")
        round_number += 1
        for nth in range(IN_A_ROW):
            process = start(*job(workspace))
            time.sleep(rng.uniform(0, span * 0.8**nth))  # less is left to do after each kill
            if process.is_alive():
                process.kill()
                kills += 1
            process.join()
        finish(*job(workspace))
        assert dump(workspace) == expected
