"""Tune in a real browser: a slider moves numbers, map and address; the file is the command line's."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from crowdselect.recipe import Recipe
from tests.browser.browsing import card_of, download, draw_rectangle, map_picture, number_of, settle, visit
from tests.browser.server import ROOT

pytestmark = pytest.mark.slow
DEMO, REAL = "demo_workspace", "alpacaeval_workspace"
CARDS = "[data-testid=stMetricValue]"


@pytest.fixture
def pool(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def numbers(page: Page) -> list[str]:
    page.wait_for_selector(CARDS)
    return page.locator(CARDS).all_inner_texts()


def push(page: Page, key: str, times: int, arrow: str = "ArrowLeft") -> None:
    """Moves a slider and waits until the numbers have followed."""
    before = numbers(page)
    slider = page.locator(f".st-key-{key} input[type=range]")
    for _ in range(times):
        slider.press(arrow)
    page.wait_for_function(
        "before => JSON.stringify([...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.innerText))"
        " != JSON.stringify(before)",
        arg=before,
        timeout=20_000,
    )
    settle(page, 600)


@pytest.mark.parametrize("pool", [DEMO, REAL], indirect=True)
def test_a_slider_moves_everything_and_the_link_keeps_it(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser) as first:
        page = first.open(f"{serve(pool)}/tune")
        dots, before = map_picture(page), numbers(page)
        push(page, "w_stability", 40)
        moved, after, link = map_picture(page), numbers(page), page.url
        assert after != before
        assert moved != dots
        assert "w_stability=-0.5" in link
        assert (first.elsewhere, first.complaints) == ([], [])
    with visit(browser) as second:
        page = second.open(link)
        assert numbers(page) == after
        assert map_picture(page) == moved
        page.locator(".st-key-reset button").first.click()
        page.wait_for_url(f"{serve(pool)}/tune")
        settle(page)
        assert numbers(page) == before


@pytest.mark.parametrize(("form", "pool"), [("Records", REAL), ("Messages", DEMO)], indirect=["pool"])
def test_the_file_is_the_command_lines(
    form: str, browser: Browser, serve: Callable, pool: Path, tmp_path: Path
) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(pool)}/tune?size=120&format={form}&w_separability=-1")
        assert numbers(page)[0] == "120"
        assert "Download 120 rows" in page.locator(".st-key-download a").first.inner_text()
        from_app = download(page, "download", tmp_path)
        page.locator(".st-key-more button").first.click()
        recipe = download(page, "download_recipe", tmp_path)
        recorded = download(page, "download_manifest", tmp_path)
        assert seen.complaints == []
    lines = from_app.read_bytes().splitlines()
    assert len(lines) == 120
    assert all(json.loads(line) for line in lines)
    from_command = tmp_path / "cli" / from_app.name
    command = [sys.executable, "-m", "crowdselect", "select", str(recipe), "--out", str(from_command)]
    done = subprocess.run([*command, "--workspace", str(pool)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert from_command.read_bytes() == from_app.read_bytes()
    beside = from_command.with_name(recorded.name)
    assert json.loads(recorded.read_text()) == json.loads(beside.read_text())


@pytest.mark.parametrize("pool", [REAL], indirect=True)
def test_a_row_opens_with_every_response(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser, height=1400) as seen:
        page = seen.open(f"{serve(pool)}/tune?size=50")
        grid = page.locator(".st-key-table [data-testid=stDataFrame]")
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 18, box["y"] + 52)
        page.wait_for_selector(".st-key-opened")
        settle(page)
        assert "Row 1 of the selection" in page.locator(".st-key-opened").inner_text()
        assert "row=" in page.url
        responses = page.locator(".st-key-responses details").count()
        assert responses == 21
        link = page.url
        push(page, "w_stability", 3)
        assert page.locator(".st-key-responses details").count() == responses
    with visit(browser) as again:
        page = again.open(link)
        page.wait_for_selector(".st-key-opened")


@pytest.mark.parametrize("pool", [DEMO], indirect=True)
def test_nothing_big_is_sent_twice(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser) as seen:
        frames: list[int] = []
        asked: list[str] = []
        seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
        page = seen.open(f"{serve(pool)}/tune?size=200")
        map_picture(page)
        settle(page, 800)
        frames.clear()
        seen.page.on("request", lambda request: asked.append(request.url))
        push(page, "w_stability", 1)
        assert sum(frames) < 60_000
        assert asked == []


@pytest.mark.parametrize("pool", [DEMO], indirect=True)
def test_a_shape_becomes_a_filter(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser, height=1000) as first:
        page = first.open(f"{serve(pool)}/tune?size=40&clusters=None")
        map_picture(page)
        draw_rectangle(page, "map", 0.6)
        said = page.locator(".st-key-shape_line").inner_text()
        inside = int(re.search(r"([\d,]+) rows in the shape", said)[1].replace(",", ""))  # type: ignore[index]
        assert inside > 40
        page.locator(".st-key-shape_to_filter button").first.click()
        page.wait_for_selector(".st-key-drop_0")
        settle(page, 700)
        left_out = number_of(page, "Left out")
        total = int(re.search(r"of ([\d,]+) rows", card_of(page, "Selected").inner_text())[1].replace(",", ""))  # type: ignore[index]
        assert int(left_out.replace(",", "")) == total - inside
        narrowed, link = numbers(page), page.url
        recipe = Recipe.read(menu_download(page, "download_recipe"))
        assert recipe.pool.where[0].inside is not None
        assert (first.elsewhere, first.complaints) == ([], [])
    with visit(browser, "dark", height=1000) as second:
        page = second.open(link)
        assert numbers(page) == narrowed
        page.locator(".st-key-drop_0 button").first.click()
        page.wait_for_url(lambda url: "where=" not in url)
        settle(page, 700)
        assert numbers(page) != narrowed
        assert (second.elsewhere, second.complaints) == ([], [])


def menu_download(page: Page, key: str) -> Path:
    page.locator(".st-key-more button").first.click()
    return download(page, key, Path(tempfile.mkdtemp()))
