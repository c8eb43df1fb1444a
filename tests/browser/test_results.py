"""Results in a real browser: filters are in the link, and nothing is asked of another host."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import settle, visit

pytestmark = pytest.mark.slow
PANELS = "document.querySelectorAll('.st-key-scores .nsewdrag').length"


def test_a_filter_moves_the_chart_and_the_link_keeps_it(
    browser: Browser, serve: Callable, plain_workspace: Path
) -> None:
    with visit(browser, "dark") as seen:
        page = seen.open(f"{serve(plain_workspace)}/results")
        page.wait_for_function(f"{PANELS} == 8")  # four base models by two benchmarks
        page.locator(".st-key-base button:has-text('Qwen2.5-3B-Instruct')").click()
        page.wait_for_function(f"{PANELS} == 6")
        settle(page)
        link = page.url
        assert "base=" in link
        assert (seen.elsewhere, seen.complaints) == ([], [])
    with visit(browser, "light") as again:
        page = again.open(link)
        page.wait_for_function(f"{PANELS} == 6")
        assert (again.elsewhere, again.complaints) == ([], [])
