"""Make workspace.tar.xz anew: `python make.py OUT`, run in the root of a checkout of the version that README.md names.

Everything goes by that version's own command line. Servers are fakes on 127.0.0.1; nothing is random but by seed.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path.cwd()
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import yaml  # noqa: E402

from tests.openai_server import serving  # noqa: E402
from tests.unit.loss_servers import measuring  # noqa: E402
from tests.unit.score_servers import listening  # noqa: E402
from tests.unit.tiny_models import save_causal_model, save_tokenizer  # noqa: E402

ROWS = 56
MODELS = ("Qwen2-1.5B-Instruct", "Qwen2-7B-Instruct", "Qwen2-72B-Instruct",
          "Llama-3-8B-Instruct", "Llama-3-70B-Instruct", "other-7b")  # fmt: skip
WORDS = ("tell me more about rivers data bases budget poem algebra travel plan salt sea wind code list story").split()  # noqa: SIM905
SOURCES = ("web", "books", "forum")
BLANK = (50, 51, 52, 53)  # rows of the source `blanks`: one response of each is blank
UNSCORED = (3, 11, 19, 27)  # rows without a score of rm-a for one model
TWINS = ((1, 41), (7, 42))  # instructions that say the same but for a word


def sentence(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def pool() -> list[dict[str, Any]]:
    """A line a response. Both reward models tie often; they agree on little."""
    rng, lines, texts = random.Random(1), [], list[str]()
    for row in range(ROWS):
        texts.append(f"Question {row}: {sentence(rng, 4, 24)}?")
    for first, second in TWINS:
        texts[second] = texts[first] + " Please."
    for row in range(ROWS):
        hard = rng.uniform(-3, 3)
        for place, model in enumerate(MODELS):
            response = f"{model.split('-')[0]} answers: {sentence(rng, 3, 60)}."
            scores = {
                "rm-a": round(place * 0.4 - hard + rng.gauss(0, 1.5), 1),
                "rm-b": round((place * 0.3 - hard / 2 + rng.gauss(0, 2)) * 2) / 2,
            }
            if row in BLANK and place == row % len(MODELS):
                response = ("", "   ", "\n", "")[row % 4]
                scores["rm-a"] = 9.5 if row % 2 else -9.5
            if row in UNSCORED and place == row % len(MODELS):
                del scores["rm-a"]
            line = {
                "uuid": hashlib.md5(str(row).encode(), usedforsecurity=False).hexdigest()[:12],
                "instruction": texts[row],
            }
            line |= {"model": model, "response": response, "scores": scores}
            line["source"] = "blanks" if row in BLANK else SOURCES[row % 3]
            lines.append(line)
    return lines


def score(body: dict[str, Any]) -> tuple[int, Any]:
    """What the reward model rm-c says: a number that follows from the conversation."""
    digest = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()
    return 200, {"object": "list", "data": [{"index": 0, "probs": [digest[0] / 16 - 8], "num_classes": 1}]}


def recipes() -> dict[str, dict[str, Any]]:
    """Name -> recipe; all are exported."""
    plain = {"reward_model": "rm-a", "where": [{"field": "source", "not_in": ["blanks"]}]}
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, select: dict[str, Any], pool: dict[str, Any] | None = None, **parts: Any) -> None:
        found[name] = {"name": name, "pool": {**plain, **(pool or {})}, "select": {"size": 12, **select}, **parts}

    k4 = {"name": "kmeans-4", "quota": "equal"}
    add("weighted", {"strategy": "weighted"})
    add("weighted-signed", {"weights": {"difficulty": 1, "separability": -1, "stability": 1, "length_response": 0.5}})
    for normalize in ("minmax", "zscore", "rank"):
        add(f"weighted-{normalize}", {"normalize": normalize})
    add("weighted-rm-b", {"strategy": "weighted"}, {"reward_model": "rm-b"})
    add("weighted-rm-c", {"strategy": "weighted"}, {"reward_model": "rm-c"})
    add("weighted-original", {"strategy": "weighted"}, {"ties": "original"})
    add("weighted-available", {"strategy": "weighted"}, {"missing": "available"})
    add("weighted-ensemble", {"strategy": "weighted"}, {"reward_model": "ensemble"})
    add("weighted-blanks", {"strategy": "weighted", "size": 40}, {"where": []})
    add("weighted-attached", {"weights": {"difficulty": 1, "quality": 1}})
    add("weighted-ifd", {"weights": {"separability": 1, "ifd": 1, "direct_score": 1}})
    add("weighted-irt", {"weights": {"irt_difficulty": 1, "irt_discrimination": 1}})
    add("weighted-disagreement", {"weights": {"disagreement": 1}})
    for direction in ("top", "bottom"):
        add(f"difficulty-{direction}", {"strategy": "difficulty", "direction": direction})
        add(f"length-{direction}", {"strategy": "length", "direction": direction, "of": "response"})
        add(f"direct_score-{direction}", {"strategy": "direct_score", "direction": direction})
    add("separability-clusters", {"strategy": "separability", "clusters": k4})
    add("stability-clusters-sqrt", {"strategy": "stability", "clusters": {"name": "topics", "quota": "sqrt"}})
    add("reward-mean", {"strategy": "reward", "by": "mean"})
    add("length-tokens", {"strategy": "length", "unit": "tokens", "of": "instruction"})
    add("random", {"strategy": "random", "seed": 42})
    add("random-seed-7", {"strategy": "random", "seed": 7})
    add("random-top-k", {"strategy": "random"}, response={"choose": "top_k_random", "k": 3})
    add("random-response", {"strategy": "weighted"}, response={"choose": "random"})
    add("random-both", {"strategy": "random"}, response={"choose": "random"})
    add("named-response", {"strategy": "weighted"}, response={"choose": "model", "name": "Qwen2-7B-Instruct"})
    add("random-clusters", {"strategy": "random", "clusters": k4})
    add("matched_random", {"strategy": "matched_random"})
    add("matched_random-tokens", {"strategy": "matched_random", "like": "difficulty", "unit": "tokens"})
    add("ifd", {"strategy": "ifd", "size": 5})
    add("ifd_ppl", {"strategy": "ifd_ppl", "size": 5})
    add("instag-paper", {"strategy": "instag", "variant": "paper", "size": 5})
    add("instag-crowdselect", {"strategy": "instag", "variant": "crowdselect", "size": 5})
    add("deita", {"strategy": "deita", "threshold": 0.9, "embeddings": "tiny/instruction"})
    add("mmr", {"strategy": "mmr", "embeddings": "tiny/instruction"})
    add("mmr-weighted", {"strategy": "mmr", "score": "weighted", "trade_off": 0.5, "embeddings": "tiny/instruction"})
    add("k_center", {"strategy": "k_center", "embeddings": "tiny/instruction"})
    add("facility_location", {"strategy": "facility_location", "embeddings": "tiny/instruction"})
    add("budget-words", {}, constraints={"budget": {"max": 500}})
    add("budget-tokens", {}, constraints={"budget": {"max": 1800, "unit": "tokens"}})
    add("budget-tokens-rm-b", {}, {"reward_model": "rm-b"}, constraints={"budget": {"max": 1800, "unit": "tokens"}})
    add("shares", {}, constraints={"shares": [{"by": "source", "max": 0.5}, {"by": "model", "min": 0.05}]})
    add("duplicates", {}, constraints={"duplicates": {"by": "minhash"}})
    pinned = [line["uuid"] for line in pool()[::90]][:3]
    add("pinned", {}, constraints={"pinned": pinned[:2], "banned": pinned[2:]})
    add("budget-clusters", {"clusters": k4}, constraints={"budget": {"max": 500}})
    add("shape", {}, {"where": [{"field": "pca", "inside": [[-9, -9], [9, -9], [9, 9], [-9, 9]]}, *plain["where"]]})
    for rejected in ("worst", "random", "kth"):
        pairs = {"rejected": rejected, "margin": 0.5} | ({"k": 3} if rejected == "kth" else {})
        add(f"preference-{rejected}", {}, pairs=pairs, export={"format": "preference"})
    add("preference-random-both", {"strategy": "random"}, response={"choose": "top_k_random", "k": 2},
        pairs={"rejected": "random"}, export={"format": "preference"})  # fmt: skip
    add("kto", {}, pairs={"consensus": 2}, export={"format": "kto"})
    for layout in ("alpaca", "sharegpt", "messages", "prompt_completion"):
        add(f"as-{layout}", {}, export={"format": layout})
    add("core", {"size": 20}, core={"resamples": 40, "share": 0.5})
    add("core-families", {"strategy": "difficulty", "size": 20},
        core={"over": ["families"], "resamples": 40, "share": 0.5})  # fmt: skip
    add("core-weights", {"size": 20}, core={"over": ["weights", "reward-models"], "resamples": 40, "share": 0.5})
    add("nested", {"size": 6, "within": [12, 24]})
    return found


def ran(module: str, *arguments: object, fails: bool = False) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=WORK, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    print(" ".join(command[2:]), "->", done.returncode, (done.stdout + done.stderr).strip()[-160:].replace("\n", " | "))
    if done.returncode and not fails:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])


def measure(folder: Path) -> None:
    """The jobs, each by its own server. The judge and IFD run before the reward model rm-c has changed what is best."""
    causal = save_causal_model(folder.parent / "causal")
    with serving() as chat, listening({"/classify": score}) as scorer, measuring(causal) as losses:
        ask = {"base_url": chat.base_url, "model": "set-answers"}
        models = {
            "models": [{"name": "gen-3b", "family": "gen", "params_b": 3, **ask, "params": {"max_tokens": 30}}],
            "reward_models": [{"name": "rm-c", "base_url": scorer.address, "kind": "vllm"}],
            "ifd": {"base_url": f"{losses.address}/v1", "model": "tiny", "max_length": 200},
            "tag": {**ask, "name": "tagger"},
            "judge": {**ask, "name": "grader", "params": {"temperature": 0}},
        }
        file = WORK / "models.yaml"
        file.write_text(yaml.safe_dump(models, sort_keys=False))
        for names in (("generate",), ("ifd", "judge"), ("reward",), ("ifd", "tag", "judge")):
            ran("precompute", "run", *names, "--models", file, "--no-publish")
        dead = file.read_text()
        for served in (chat.base_url, scorer.address, losses.address):  # where nobody answers
            dead = dead.replace(served.removesuffix("/v1"), "http://127.0.0.1:9")
        file.write_text(dead)


def attach(folder: Path, lines: list[dict[str, Any]]) -> None:
    uuids = sorted({line["uuid"] for line in lines})
    rng = np.random.default_rng(3)
    pq.write_table(
        pa.table({"uuid": uuids, "quality": rng.normal(size=len(uuids)).round(3)}), folder / "quality.parquet"
    )
    pq.write_table(
        pa.table({"uuid": uuids, "topic": [f"t{n % 5}" for n in range(len(uuids))]}), folder / "topic.parquet"
    )
    np.save(folder / "tiny.npy", rng.normal(size=(len(uuids), 8)).astype(np.float32))
    (folder / "tiny.txt").write_text("\n".join(uuids) + "\n")
    ran("precompute", "attach", "metric", folder / "quality.parquet", "--column", "quality", "--no-publish")
    ran(
        "precompute",
        "attach",
        "clusters",
        folder / "topic.parquet",
        "--column",
        "topic",
        "--name",
        "topics",
        "--no-publish",
    )
    ran(
        "precompute",
        "attach",
        "embeddings",
        folder / "tiny.npy",
        "--ids",
        folder / "tiny.txt",
        "--name",
        "tiny",
        "--no-publish",
    )


def main(out: Path) -> None:
    scratch = WORK / "scratch"
    scratch.mkdir(parents=True)
    save_tokenizer(WORK / "tokenizer")
    lines = pool()
    file = scratch / "pool.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"model": "no instruction"}\n')
    ran("precompute", "ingest", file, "--no-publish")
    (scratch / "made").mkdir()
    measure(scratch / "made")
    attach(scratch, lines)
    ran("precompute", "run", "tokens", "--set", "tokens.tokenizer=tokenizer", "--no-publish")
    ran("precompute", "run", "language", "duplicates", "embed", "--set", "duplicates.methods=minhash", "--no-publish")
    settings = ("cluster.k=4", "cluster.embeddings=tiny/instruction", "project.methods=pca",
                "project.embeddings=tiny/instruction")  # fmt: skip
    ran("precompute", "run", "cluster", "project", "metrics", *(f"--set={setting}" for setting in settings))
    (WORK / "exports").mkdir()
    for name, recipe in recipes().items():
        path = WORK / "exports" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(recipe, sort_keys=False))
        ran("crowdselect", "select", path, "--out", path.with_suffix(".jsonl"), fails=True)
    shutil.rmtree(scratch)
    (WORK / "workspace" / "logs" / "precompute.log").unlink()  # it says where it was made
    with tarfile.open(out, "w:xz", preset=9) as archive:
        for name in ("workspace", "exports", "tokenizer", "models.yaml"):
            archive.add(WORK / name, name)
    print(out, out.stat().st_size)


if __name__ == "__main__":
    WORK = Path(sys.argv[1]).resolve().parent / "work"
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "CROWDSELECT_WORKSPACE": str(WORK / "workspace"),
                   "CROWDSELECT_KEEP_BUILDS": "1"}  # fmt: skip
    main(Path(sys.argv[1]).resolve())
