"""From instructions alone to a pool and a selection, in the app: SmolLM2 answers, tags, judges and measures."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from crowdselect.store import Workspace, open_build
from tests.browser.browsing import download, go_to, map_picture, settle, visit
from tests.browser.conftest import precompute
from tests.browser.server import ROOT
from tests.browser.server import serving as app_serving
from tests.openai_server import Running, serving
from tests.smollm2 import folder
from tests.unit.tiny_models import save_reward_model

pytestmark = pytest.mark.slow
LONG = 400_000  # milliseconds that a job may take on a busy machine
TEXTS = (
    "Name the capital of France.", "Write one sentence about the sea.", "What is two plus three?",
    "Say hello in Spanish.", "Which planet is the largest?", "Name a fruit that is red.",
)  # fmt: skip
HEATS = (0, 0.7, 1.5)
GRADES = [str(number) for number in range(6)]
TAGS = [json.dumps([tag]) for tag in ("geography", "nature", "arithmetic", "language", "science", "literature")]


def models_yaml(server: Running, tmp_path: Path) -> bytes:
    """Three models, a reward model with real weights, and SmolLM2 for the rest."""
    place = {"base_url": server.base_url, "model": "smollm2", "timeout": 300, "concurrency": 2, "api_key_env": "SMOL"}
    models = [
        {"name": f"smollm2-{heat}", "family": "smollm2", "params_b": 0.135, **place,
         "params": {"temperature": heat, "max_tokens": 8, "seed": 1}}
        for heat in HEATS
    ]  # fmt: skip
    parts = {
        "models": models,
        "reward_models": [{"name": "tiny-rm", "path": str(save_reward_model(tmp_path / "reward"))}],
        "ifd": {"path": str(folder()), "max_length": 256},
        # What vLLM takes, so that a model this small keeps to a format: it still chooses among them by itself.
        "tag": place | {"params": {"max_tokens": 8, "structured_outputs": {"choice": TAGS}}},
        "judge": place | {"params": {"max_tokens": 2, "structured_outputs": {"choice": GRADES}}},
    }
    return yaml.safe_dump(parts).encode()


def run_the_models(page: Page, address: str, file: bytes) -> None:
    """On the page Data: the file is checked and kept, the cost is shown, and only then can the run begin."""
    page.goto(f"{address}/data?part=Models")
    settle(page)
    page.locator(".st-key-models_upload input[type=file]").set_input_files(
        {"name": "mine.yaml", "mimeType": "application/yaml", "buffer": file}
    )
    page.locator(".st-key-keep_models button:not([disabled])").first.click()
    page.wait_for_selector(".st-key-model_jobs", timeout=60_000)
    assert page.locator(".st-key-start_models button").first.is_disabled()
    page.locator(".st-key-dry_run button").first.click()
    page.wait_for_selector(f"text={4 * len(TEXTS)} calls", timeout=60_000)
    page.locator(".st-key-start_models button:not([disabled])").first.click()
    page.wait_for_selector(".st-key-stop button", timeout=60_000)
    page.wait_for_selector("text=/a (minute|second|hour).* left/", timeout=LONG)
    page.wait_for_selector("text=Build 0002", timeout=LONG)
    settle(page)


def test_from_instructions_alone_to_a_selection(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, file = tmp_path / "workspace", tmp_path / "instructions.jsonl"
    file.write_text(
        "".join(json.dumps({"id": f"q{row}", "instruction": text}) + "\n" for row, text in enumerate(TEXTS))
    )
    monkeypatch.setenv("SMOL", "sk-never-shown")
    precompute(workspace, "ingest", file)
    with serving("--smollm2") as server, app_serving(workspace, tmp_path / "log") as address, visit(browser) as seen:
        page = seen.page
        run_the_models(page, address, models_yaml(server, tmp_path))
        assert "sk-never-shown" not in page.content()
        assert server.stats()["keys"]["Bearer sk-never-shown"] == sum(server.stats()["asked"].values())
        precompute(
            workspace, "run", "embed", "cluster", "project", "metrics", "--set", "project.methods=[pca, tsne]",
            "--set", "cluster.k=3",
        )  # fmt: skip
        page.wait_for_selector("text=Build 0003", timeout=60_000)
        settle(page)

        seen.open(f"{address}/tune?size=4&w_stability=0")  # all models are of one size: no family has a ladder
        chosen = download(page, "download", tmp_path)
        page.locator(".st-key-more button").first.click()
        recipe = download(page, "download_recipe", tmp_path)
        page.keyboard.press("Escape")
        go_to(page, "Map")
        assert map_picture(page, "map_card_tsne")
        go_to(page, "Browse")
        for heat in HEATS:
            model = page.locator(".st-key-responses summary").get_by_text(f"smollm2-{heat}", exact=True)
            expect(model).to_be_visible()
        go_to(page, "Compare")
        page.locator(".st-key-all_baselines button").first.click()
        settle(page)
        compared = download(page, "download_comparison", tmp_path)
        assert (seen.elsewhere, seen.complaints) == ([], [])

    rows = {row["selection"]: row for row in csv.DictReader(compared.open(newline=""))}
    assert {"IFD", "Direct score", "InsTag", "Best reward", "Longest response", "Random"} <= set(rows)
    out = tmp_path / "cli.jsonl"
    command = [sys.executable, "-m", "crowdselect", "select", str(recipe), "--out", str(out)]
    done = subprocess.run(
        [*command, "--workspace", str(workspace)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == chosen.read_bytes()
    assert len(out.read_bytes().splitlines()) == 4
    check_the_pool(workspace)


def check_the_pool(workspace: Path) -> None:
    """What the models made stands there whole."""
    build = open_build(Workspace.of(workspace))
    try:
        responses = build.query("SELECT uuid, model, response FROM responses").to_pylist()
        scores = build.query("SELECT score FROM scores WHERE reward_model = 'tiny-rm'")["score"].to_pylist()
        signals = build.query(
            "SELECT ifd, ifd_ppl, direct_score FROM metrics WHERE reward_model = 'tiny-rm'"
        ).to_pylist()
        tags = build.query("SELECT uuid, tag FROM tags").to_pylist()
        rejects = build.query("SELECT * FROM rejects").to_pylist()
    finally:
        build.close()
    assert rejects == []
    assert len(responses) == len(TEXTS) * len(HEATS) == len(scores)
    assert len(set(scores)) > len(scores) / 2
    assert any("Paris" in row["response"] for row in responses), "the model that really runs knows one capital"
    assert len({row["response"] for row in responses}) > 2 * len(TEXTS)  # the temperatures tell the three apart
    assert len(signals) == len(TEXTS)
    assert all(row["ifd"] > 0 and row["ifd_ppl"] > 0 and 0 <= row["direct_score"] <= 5 for row in signals)
    assert {tag["uuid"] for tag in tags} == {f"q{row}" for row in range(len(TEXTS))}
