"""Export in a real browser: a recipe is saved, comes back by its link, and its file is the command line's."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import download, settle, visit
from tests.browser.server import ROOT, serving
from tests.pages.builds import plain, publish

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_as_first_request(theme: str, browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    with serving(plain_workspace, tmp_path / "log") as address, visit(browser, theme) as seen:
        page = seen.open(f"{address}/export?size=30")
        page.wait_for_selector("[data-testid=stMetricLabel]:has-text('SHA-256')")
        assert page.url == f"{address}/export?size=30"
        assert "Download 30 rows" in page.locator(".st-key-download").inner_text()
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_save_load_link_and_the_same_file(browser: Browser, tmp_path: Path) -> None:
    workspace = publish(tmp_path / "workspace", plain(400, 9)).path
    with serving(workspace, tmp_path / "log") as address:
        with visit(browser, height=1200) as first:
            page = first.open(f"{address}/export?size=60&w_separability=-1&format=Messages")
            page.locator(".st-key-recipe_name input").fill("my best")
            page.locator(".st-key-save button").first.click()
            page.wait_for_selector("text=Saved as my best")
            page.locator(".st-key-reset button").first.click()
            page.wait_for_url(f"{address}/export")
            settle(page, 800)
            page.locator("[class*=st-key-load_my] button").first.click()
            page.wait_for_selector("text=my best is loaded")
            settle(page, 800)
            link = page.url
            for part in ("size=60", "w_separability=-1", "format=Messages"):
                assert part in link
            assert (first.elsewhere, first.complaints) == ([], [])
        with visit(browser, "dark", height=1200) as again:
            page = again.open(link)
            file, recipe = download(page, "download", tmp_path), download(page, "download_recipe", tmp_path)
            recorded = download(page, "download_manifest", tmp_path)
            page.locator(".st-key-series button").first.click()
            page.locator(".st-key-series_sizes input").fill("10,25,60")
            page.keyboard.press("Enter")
            page.wait_for_selector(".st-key-download_series:has-text('3 files')")
            with zipfile.ZipFile(download(page, "download_series", tmp_path)) as series:
                sizes = [len(series.read(name).splitlines()) for name in series.namelist() if name.endswith("jsonl")]
                assert (sizes, series.read("weighted-60.jsonl")) == ([10, 25, 60], file.read_bytes())
            assert (again.elsewhere, again.complaints) == ([], [])
    assert len(file.read_bytes().splitlines()) == 60
    for written in (recipe, workspace / "recipes" / "my best.yaml"):
        out = tmp_path / "cli" / file.name
        command = [sys.executable, "-m", "crowdselect", "select", str(written), "--out", str(out)]
        done = subprocess.run(
            [*command, "--workspace", str(workspace)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert out.read_bytes() == file.read_bytes()
    replay = [sys.executable, "-m", "crowdselect", "replay", str(recorded), "--workspace", str(workspace)]
    assert subprocess.run(replay, cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_pairs_bundle_and_manifest(browser: Browser, serve: Callable, plain_workspace: Path, tmp_path: Path) -> None:
    link = "size=40&format=KTO&with_pairs=true&rejected=Random&margin=0.25&rm=rm-small"
    with visit(browser, height=1200) as first:
        page = first.open(f"{serve(plain_workspace)}/export?{link}")
        page.wait_for_selector("text=rejected is any response within the limits")
        page.locator(".st-key-bundle button").first.click()
        page.locator(".st-key-base_model input").fill("org/model")
        page.keyboard.press("Enter")
        settle(page, 800)
        bundle = download(page, "download_bundle", tmp_path)
        page.keyboard.press("Escape")
        manifest = download(page, "download_manifest", tmp_path)
        recipe = download(page, "download_recipe", tmp_path)
        assert (first.elsewhere, first.complaints) == ([], [])
    with visit(browser, "dark", height=1200) as again:
        page = again.open(f"{serve(plain_workspace)}/export")
        page.locator(".st-key-open_manifest button").first.click()
        page.locator(".st-key-manifest_file input[type=file]").set_input_files(str(manifest))
        page.wait_for_selector("text=The file is the same, byte for byte")
        settle(page, 800)
        assert "with_pairs=true" in page.url
        assert "margin=0.25" in page.url
        assert (again.elsewhere, again.complaints) == ([], [])
    out = tmp_path / "cli.zip"
    command = [
        sys.executable,
        "-m",
        "crowdselect",
        "bundle",
        str(recipe),
        "--out",
        str(out),
        "--base-model",
        "org/model",
        "--workspace",
        str(plain_workspace),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as made, zipfile.ZipFile(bundle) as downloaded:
        assert made.namelist() == downloaded.namelist()
        # the card and the manifest name the code's commit, which may move while the tests run
        for file in set(made.namelist()) - {"README.md", "train.manifest.json"}:
            assert made.read(file) == downloaded.read(file)


def test_hostile_text_asks_for_nothing(browser: Browser, serve: Callable, hostile_workspace: Path) -> None:
    with visit(browser, height=1600) as seen:
        page = seen.open(f"{serve(hostile_workspace)}/export")
        page.wait_for_selector(".st-key-manifest")
        page.wait_for_timeout(1500)
        assert page.locator("img[src*=evil], a[href*=evil], a[href*=javascript], .katex").count() == 0
        assert (seen.elsewhere, seen.complaints) == ([], [])
