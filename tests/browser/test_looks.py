"""The looks that no chart or widget test sees: every page in the bar of a small screen, and nothing that jumps."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
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
}).observe({ type: "layout-shift", buffered: true })
// And frame by frame: where the bar's first link stands, and a map's words for screen readers where all can see them.
window.places = []
const look = () => {
  const link = document.querySelector("[data-testid=stTopNavLink]")
  const place = link && link.getBoundingClientRect().width && Math.round(link.getBoundingClientRect().x)
  if (place && window.places.at(-1) !== place) window.places.push(place)
  for (const one of document.querySelectorAll("[data-testid=stBidiComponentIsolated]")) {
    for (const unseen of one.shadowRoot?.querySelectorAll(".unseen") ?? []) {
      const seen = unseen.offsetHeight > 1 && getComputedStyle(unseen).visibility === "visible"
      if (seen) window.jumped.push("words for screen readers")
    }
  }
  requestAnimationFrame(look)
}
look()"""
NAMES = """[...document.querySelectorAll("[data-testid=stTopNav] > *")]
  .filter(each => getComputedStyle(each).opacity == 1).map(each => each.querySelector("p").innerText)"""

HEIGHTS = """[...document.querySelectorAll("[data-testid=stMain] p > strong")]
  .filter(each => ["Map", "Distributions"].includes(each.innerText)).map(each => each.getBoundingClientRect().y)"""


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
                beside, alone = page.evaluate(HEIGHTS)  # of headings, one with a control in its corner
                assert beside == alone
                page.locator(".st-key-w_stability input[type=range]").press("ArrowLeft")
                settle(page)
            assert page.evaluate("window.jumped") == []
            assert len(page.evaluate("window.places")) == 1
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_no_room_is_kept_for_a_sidebar_that_does_not_come(browser: Browser, serve: Callable, tmp_path: Path) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(tmp_path / 'none')}/tune")
        page.wait_for_selector("[data-testid=stMain] button:has-text('Build the demo')")
        assert page.locator("[data-testid=stMain]").evaluate("main => main.getBoundingClientRect().x") == 0


def test_the_map_is_whole_after_scrolling(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    """What lay below the window's edge when it was drawn is painted, too."""
    with visit(browser, width=1280, height=800) as seen:
        page = seen.open(f"{serve(plain_workspace)}/tune")
        page.wait_for_selector(".map[data-state=ready]")
        map_ = page.locator(".st-key-map .map canvas.points")
        low = map_.evaluate("canvas => canvas.getBoundingClientRect().bottom")
        assert low > 800
        page.locator("[data-testid=stMain]").evaluate("(main, by) => { main.scrollTop = by }", low - 250)
        page.wait_for_timeout(500)
        box = map_.bounding_box()
        assert box is not None
        bottom = box["y"] + box["height"]
        below = (box["x"] + 20, bottom - (low - 800), box["x"] + 380, bottom)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")  # whole: a part would be painted anew
        colours = picture.crop(tuple(map(int, below))).getcolors(1_000_000)
        assert colours is not None
        assert len(colours) > 20
