"""Trust in a real browser: the core with its manifest, and a row opened from the least certain ones."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from crowdselect.cli import main
from tests.browser.browsing import download, number_of, settle, visit

pytestmark = pytest.mark.slow


def test_the_core_replays_and_a_row_opens_in_browse(
    browser: Browser, serve: Callable, plain_workspace: Path, tmp_path: Path
) -> None:
    with visit(browser, height=3000) as seen:
        page = seen.open(f"{serve(plain_workspace)}/trust?size=30&resamples=50&drawn=Weights&left_out=Reward+models")
        page.wait_for_selector("[data-testid=stMetricLabel]:has-text('Flips')")
        for key in ("inclusion", "movers", "agreement"):
            page.wait_for_selector(f".st-key-{key} .js-plotly-plot")
        settle(page)
        core = download(page, "download_core", tmp_path)
        manifest = download(page, "core_manifest", tmp_path)
        shown = number_of(page, "Core")
        assert 0 < len(core.read_text().splitlines()) == int(shown) < 30
        assert main(["replay", str(manifest), "--workspace", str(plain_workspace)]) == 0
        box = page.locator(".st-key-least canvas").first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
        page.wait_for_selector("a:has-text('Open in Browse')")
        page.locator("a:has-text('Open in Browse')").first.click()
        page.wait_for_url("**/browse*row=*")
        assert (seen.elsewhere, seen.complaints) == ([], [])
