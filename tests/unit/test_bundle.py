"""Trainer bundles: the same bytes again, hostile names escaped, and every file read by the trainers' own code."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import load_dataset

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.export import EXPORTERS
from crowdselect.export.bundle import MANIFEST, bundle
from crowdselect.export.card import fenced
from crowdselect.export.manifest import Manifest
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from tests.pages.builds import EDGES, HOSTILE, publish
from tests.unit.tiny_models import save_tokenizer
from tests.unit.workspaces import small_workspace

ROOT = Path(__file__).resolve().parent.parent.parent
TRAINERS = Path(sys.prefix) / "trainers"  # see tests/trainers.txt
MODEL = 'org/model "x": - [1] \\ # no comment'
SIZE = 6
MARKUP = re.compile(r"(?<!\\)(<script|<img|!\[|\[a\]|\$)")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return small_workspace(tmp_path_factory.mktemp("bundle"), 24)


@pytest.fixture(scope="module")
def bundles(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bundle of every format as its command writes it, unpacked."""
    folder = tmp_path_factory.mktemp("bundles")
    (folder / "r.yaml").write_text(f"{{pool: {{reward_model: rm-a}}, select: {{size: {SIZE}}}, pairs: {{margin: 1}}}}")
    made = {}
    for name in EXPORTERS:
        out = folder / f"{name}.zip"
        options = ["--format", name, "--base-model", MODEL, "--workspace", str(workspace.path)]
        assert main(["bundle", str(folder / "r.yaml"), "--out", str(out), *options]) == 0
        made[name] = folder / name
        made[name].mkdir()
        with zipfile.ZipFile(out) as archive:
            for file in archive.namelist():
                assert re.fullmatch(r"[\w.-]+", file)
                (made[name] / file).write_bytes(archive.read(file))
    return made


def records(bundles: dict[str, Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundles["records"] / "train.jsonl").read_text().splitlines()]


def pairs(bundles: dict[str, Path]) -> list[list[str]]:
    """prompt, chosen, rejected of each row."""
    lines = [json.loads(line) for line in (bundles["preference"] / "train.jsonl").read_text().splitlines()]
    return [[line[part][0]["content"] for part in ("prompt", "chosen", "rejected")] for line in lines]


def ask(script: str, *arguments: object) -> Any:
    """What a trainer's own code answers, in a process of its own."""
    if not TRAINERS.is_dir():
        assert os.environ.get("CI") != "true", f"{TRAINERS} is missing: its tests must run in CI"
        pytest.skip(f"no {TRAINERS}: `make test` installs tests/trainers.txt there")
    environment = {**os.environ, "PYTHONPATH": str(TRAINERS), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, str(ROOT / "tests" / "trainers" / f"{script}.py"), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("format", EXPORTERS)
def test_every_file_of_rows_is_loaded_by_datasets(format: str, bundles: dict[str, Path], tmp_path: Path) -> None:
    record = Manifest.read(bundles[format] / MANIFEST)
    assert (record.format, record.rows) == (format, SIZE * EXPORTERS[format].lines)
    for file in bundles[format].glob("*.jsonl"):
        data = load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path))
        assert len(data) == record.rows
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert list(data) == lines


def test_the_same_recipe_gives_the_same_zip(workspace: Workspace) -> None:
    build = open_build(workspace)
    recipe = Recipe.parse({"pool": {"reward_model": "rm-b"}, "select": {"size": 3}, "export": {"format": "kto"}})
    first, again = io.BytesIO(), io.BytesIO()
    record = bundle(select(load_pool(build), recipe), build, first)
    assert bundle(select(load_pool(build), recipe), build, again) == record
    assert first.getvalue() == again.getvalue()


def test_a_bundle_replays(workspace: Workspace, bundles: dict[str, Path]) -> None:
    for folder in bundles.values():
        assert main(["replay", str(folder / MANIFEST), "--workspace", str(workspace.path)]) == 0
        assert Recipe.read(folder / "recipe.yaml").export.format == folder.name


@pytest.mark.slow
def test_llamafactory_reads_them(bundles: dict[str, Path]) -> None:
    found = ask("llamafactory_reads", *bundles.values())
    single = [[row["instruction"], row["response"]] for row in records(bundles)]
    expected = {
        "preference": pairs(bundles),
        # a KTO row has the answer first where it is good and second where it is not; the other place is empty
        "kto": [row for asked, good, bad in pairs(bundles) for row in ([asked, good, ""], [asked, "", bad])],
    }
    losses = {"preference": ["dpo", "orpo"], "kto": ["kto"]}
    for format, folder in bundles.items():
        answer = found[str(folder)]
        assert answer["rows"] == expected.get(format, single), format
        assert [name[len("llamafactory_") : -5] for name in answer["configs"]] == losses.get(format, ["sft"])
        assert all(config[0] == MODEL for config in answer["configs"].values())
    assert found[str(bundles["preference"])]["configs"]["llamafactory_orpo.yaml"] == [
        MODEL,
        "dpo",
        "orpo",
        ["crowdselect"],
    ]


@pytest.mark.slow
def test_trl_reads_them(bundles: dict[str, Path], tmp_path: Path) -> None:
    save_tokenizer(tmp_path)
    found = ask("trl_reads", tmp_path, *bundles.values())
    asked, said = "<s><|user|> {}</s>", "<|assistant|> {}</s>"
    texts = [{"text": asked.format(row["instruction"]) + said.format(row["response"])} for row in records(bundles)]
    prompts = [asked.format(prompt) for prompt, _, _ in pairs(bundles)]
    expected = {
        "prompt_completion": [
            {"prompt": asked.format(row["instruction"]), "completion": said.format(row["response"])}
            for row in records(bundles)
        ],
        "preference": [
            {"prompt": prompt, "chosen": said.format(good), "rejected": said.format(bad)}
            for prompt, (_, good, bad) in zip(prompts, pairs(bundles), strict=True)
        ],
        "kto": [
            {"prompt": prompt, "completion": said.format(answer), "label": label}
            for prompt, (_, good, bad) in zip(prompts, pairs(bundles), strict=True)
            for answer, label in ((good, True), (bad, False))
        ],
    }
    for format, folder in bundles.items():
        assert found[str(folder)]["rows"] == expected.get(format, texts), format
        ((name, (model, method, length)),) = found[str(folder)]["configs"].items()
        assert (name, model, length) == (f"trl_{method}.yaml", MODEL, 2048)


@pytest.mark.slow
def test_axolotl_reads_them(bundles: dict[str, Path], tmp_path: Path) -> None:
    save_tokenizer(tmp_path)
    found = ask("axolotl_reads", tmp_path, *bundles.values())
    for folder in bundles.values():
        for file, (model, rl, rows) in found[str(folder)].items():
            assert (model, file) == (MODEL, f"axolotl_{rl or 'sft'}.yaml")
            if rl is None:
                for (whole, learned), record in zip(rows, records(bundles), strict=True):
                    assert record["instruction"].strip() in whole
                    assert learned.strip().removesuffix("</s>").strip() == record["response"].strip()
            elif rl == "kto":
                told = [(row["prompt"], row["completion"], row["label"]) for row in rows]
                turn = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
                assert told == [
                    (turn.format(asked), f"{answer}<|im_end|>", label)
                    for asked, good, bad in pairs(bundles)
                    for answer, label in ((good, True), (bad, False))
                ]
            else:
                for row, (asked, good, bad) in zip(rows, pairs(bundles), strict=True):
                    for text, part in ((asked, "prompt"), (good, "chosen"), (bad, "rejected")):
                        assert text.strip() in row[part]
    assert set(found[str(bundles["preference"])]) == {"axolotl_dpo.yaml", "axolotl_orpo.yaml"}


@pytest.mark.parametrize("format", ["records", "preference"])
def test_hostile_names_stay_names(format: str, tmp_path: Path) -> None:
    build = open_build(publish(tmp_path, EDGES["hostile text"]))
    name = f"{HOSTILE}\n# heading ```\nlicense: mit"
    recipe = Recipe.parse({"name": name[:200], "select": {"size": 4}, "export": {"format": format}})
    with (tmp_path / "b.zip").open("wb") as out:
        record = bundle(select(load_pool(build), recipe), build, out, MODEL)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        files = {file: archive.read(file).decode() for file in archive.namelist()}
    _, front, card = files["README.md"].split("---\n", 2)
    assert yaml.safe_load(front)["pretty_name"] == recipe.name
    assert yaml.safe_load(front)["license"] == "other"
    assert yaml.safe_load(files["recipe.yaml"])["name"] == recipe.name
    before, code, after = re.split(r"\n(?:````+yaml\n|````+\n)", card)
    assert "evil" in code
    assert next(line for line in before.splitlines() if line.startswith("#")).startswith("# \\<script\\>")
    for part in (before, after):
        assert not MARKUP.search(part)
        assert "\u202e" not in part
        assert "\x00" not in part
    assert json.loads(files[MANIFEST])["sha256"] == record.sha256
    for file, text in files.items():
        if file.endswith(".yaml") and file != "recipe.yaml":
            assert MODEL in yaml.safe_load(text).values()


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a ```` b\n```\n", "yaml") == "`````yaml\na ```` b\n```\n`````"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_what_is_no_model(name: str, workspace: Workspace) -> None:
    build = open_build(workspace)
    selection = select(load_pool(build), Recipe.parse({"pool": {"reward_model": "rm-a"}, "select": {"size": 2}}))
    with pytest.raises(UserError, match="is no name of a base model"):
        bundle(selection, build, io.BytesIO(), name)
