"""From an empty workspace to an open pool, by clicks; and families changed in the page."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import card_of, number_of, settle, visit
from tests.browser.conftest import precompute
from tests.browser.server import serving

pytestmark = pytest.mark.slow


def test_the_button_builds_the_demo_and_the_app_opens(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "workspace", tmp_path / "log") as address:
        with visit(browser) as first:
            page = first.open(f"{address}/tune")
            page.locator(".st-key-build_demo button").first.click()
            page.wait_for_selector("[data-testid=stProgress]", timeout=60_000)
            assert page.locator(".st-key-build_demo").count() == 0
        with visit(browser) as second:  # the first tab is closed: the work went on, and is not started twice
            page = second.open(f"{address}/overview")
            page.wait_for_selector("[data-testid=stProgress]", timeout=60_000)
            card_of(page, "Instructions").wait_for(timeout=300_000)
            settle(page)
            assert "2,000" in number_of(page, "Instructions")
            assert page.locator("text=Synthetic").count() == 1
            assert (second.elsewhere, second.complaints) == ([], [])
    assert sorted(file.name for file in (tmp_path / "workspace" / "builds").iterdir()) == ["0001.duckdb"]


def test_families_are_edited_in_the_page(browser: Browser, serve: Callable, tmp_path: Path) -> None:
    lines = [
        json.dumps(
            {"id": f"{row}", "instruction": f"Ask {row}", "model": model, "response": "A", "scores": {"rm": row}}
        )
        for row in range(4)
        for model in ("tiny", "huge")
    ]
    file = tmp_path / "long.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    workspace = tmp_path / "workspace"
    precompute(workspace, "ingest", file)
    with visit(browser, height=1200) as seen:
        page = seen.open(f"{serve(workspace)}/overview")
        assert "Build 0001" in page.locator("[data-testid=stMain]").inner_text()
        page.locator(".st-key-edit_families button").first.click()
        grid = page.locator("[role=dialog] [data-testid=stDataFrame]")
        box = grid.bounding_box()
        assert box is not None
        settle(page)
        page.mouse.dblclick(box["x"] + box["width"] * 0.5, box["y"] + 52)
        page.wait_for_selector("#portal textarea, #portal input")
        page.keyboard.type("whales", delay=60)
        page.keyboard.press("Enter")
        settle(page)
        page.locator(".st-key-save_families button").first.click()
        page.wait_for_selector("text=Build 0002", timeout=120_000)
        assert seen.complaints == []
    assert "whales" in (workspace / "families.csv").read_text()
