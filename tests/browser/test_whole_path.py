"""The whole way in one browser: import, jobs, tune, lasso, compare, save, a link, and the command line's own bytes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import download, draw_rectangle, go_to, map_picture, number_of, settle, visit
from tests.browser.server import ROOT, serving

pytestmark = pytest.mark.slow
LONG = 300_000  # milliseconds that a job may take on a busy machine
ROWS = 400
MODELS = ("Qwen2-1.5B-Instruct", "Qwen2-7B-Instruct", "Qwen2-72B-Instruct", "gemma-2-2b-it", "gemma-2-9b-it")
SUBJECTS = ("bread baking", "tax law", "guitar chords", "garden soil", "planet orbits", "chess openings")


def pool_file(folder: Path) -> Path:
    """Instructions over six subjects, each answered by five models of two families and scored by one reward model."""
    draw = np.random.default_rng(3)
    file = folder / "pool.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for row in range(ROWS):
            subject, skill = SUBJECTS[row % len(SUBJECTS)], draw.normal()
            for place, model in enumerate(MODELS):
                asked = f"Question {row} about {subject}: what matters in step {row % 17}?"
                line = {
                    "id": f"{row:04d}", "instruction": asked, "model": model,
                    "response": f"Answer {row} of {model} about {subject}.",
                    "scores": {"rm": float(place * skill + draw.normal())},
                }  # fmt: skip
                out.write(json.dumps(line) + "\n")
    return file


def test_from_a_file_to_the_selected_rows(browser: Browser, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    with serving(workspace, tmp_path / "log") as address:
        with visit(browser, height=1100) as first:
            page = first.open(f"{address}/data")
            page.locator(".st-key-import_upload input[type=file]").set_input_files(pool_file(tmp_path))
            page.locator(f".st-key-import button:has-text('Import {ROWS * len(MODELS):,} records')").first.click()
            page.wait_for_selector("text=Build 0001", timeout=LONG)
            settle(page)
            page.locator(".st-key-run_all button").first.click()
            page.wait_for_selector("text=Build 0002", timeout=LONG)
            settle(page)

            go_to(page, "Tune")
            untouched = number_of(page, "Selected"), number_of(page, "Cut-off")
            page.locator(".st-key-size input").fill("60")
            page.keyboard.press("Enter")
            page.wait_for_url("**size=60**")
            slider = page.locator(".st-key-w_separability input[type=range]")
            for _ in range(30):
                slider.press("ArrowLeft")
            page.wait_for_url("**w_separability=-0.5**")
            settle(page, 700)
            assert number_of(page, "Selected") == "60"
            assert (number_of(page, "Selected"), number_of(page, "Cut-off")) != untouched

            before = map_picture(page)
            draw_rectangle(page, "map", 0.7)
            page.locator(".st-key-shape_to_filter button").first.click()
            page.wait_for_selector(".st-key-drop_0")
            settle(page, 700)
            assert map_picture(page) != before
            narrowed = number_of(page, "Cut-off")

            go_to(page, "Compare")
            page.wait_for_selector(".st-key-overlap .js-plotly-plot")
            assert "(60 rows)" in page.locator(".st-key-picker").inner_text()

            go_to(page, "Export")
            page.locator(".st-key-recipe_name input").fill("the whole way")
            page.locator(".st-key-save button").first.click()
            page.wait_for_selector("text=Saved as the whole way")
            settle(page)
            link = page.url
            assert (first.elsewhere, first.complaints) == ([], [])

        with visit(browser, "dark", height=1100) as again:
            page = again.open(link)
            file = download(page, "download", tmp_path)
            go_to(page, "Tune")
            assert (number_of(page, "Selected"), number_of(page, "Cut-off")) == ("60", narrowed)
            assert (again.elsewhere, again.complaints) == ([], [])

    out = tmp_path / "cli.jsonl"
    recipe = workspace / "recipes" / "the whole way.yaml"
    command = [sys.executable, "-m", "crowdselect", "select", str(recipe), "--out", str(out)]
    done = subprocess.run(
        [*command, "--workspace", str(workspace)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == file.read_bytes()
    assert len(out.read_bytes().splitlines()) == 60
