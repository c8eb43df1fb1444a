"""The looks that no chart or widget test sees: every page in the bar of a small screen, and nothing that jumps."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import settle, visit
from tests.browser.test_pages import EVERY

pytestmark = pytest.mark.slow
# A placeholder that is lower than what takes its place pushes down all that stands below it.
WATCH = """
window.jumped = []
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) for (const { node, previousRect, currentRect } of shift.sources) {
    const part = node instanceof Element && node.closest("[data-testid=stMain] [class*=st-key-]")
    const by = Math.round(currentRect.y - previousRect.y)
    if (part && previousRect.height && currentRect.height && Math.abs(by) > 30) {
      window.jumped.push(`${part.className.match(/st-key-[\\w-]+/)[0]} by ${by}`)
    }
  }
}).observe({ type: "layout-shift", buffered: true })"""
NAMES = """[...document.querySelectorAll("[data-testid=stTopNav] > *")]
  .filter(each => getComputedStyle(each).opacity == 1).map(each => each.querySelector("p").innerText)"""


def test_ten_pages_in_the_bar_and_nothing_jumps(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser, width=1280) as seen:
        seen.page.add_init_script(WATCH)
        for path in ("tune", "correlations"):
            page = seen.open(f"{serve(plain_workspace)}/{path}")
            page.wait_for_selector("[data-testid=stMetricValue]")
            settle(page)
            if path == "tune":
                assert page.locator(".st-key-w_stability").is_visible()  # in the sidebar, which is open
                assert sorted(page.evaluate(NAMES)) == sorted(EVERY)
                page.locator(".st-key-w_stability input[type=range]").press("ArrowLeft")
                settle(page)
            assert page.evaluate("window.jumped") == []
        assert (seen.elsewhere, seen.complaints) == ([], [])
