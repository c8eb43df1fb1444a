"""Tune in a real browser: a slider moves numbers, map and address; the file is the command line's."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsing import settle, visit
from tests.browser.server import ROOT

pytestmark = pytest.mark.slow
POOLS = ["demo_workspace", "alpacaeval_workspace"]
CARDS = "[data-testid=stMetricValue]"


@pytest.fixture(params=POOLS)
def pool(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def numbers(page: Page) -> list[str]:
    page.wait_for_selector(CARDS)
    return page.locator(CARDS).all_inner_texts()


def drawn(page: Page) -> str:
    """What the map draws: its selected points as the chart holds them."""
    page.wait_for_selector(".st-key-map .js-plotly-plot")
    return str(page.evaluate("JSON.stringify(document.querySelector('.st-key-map .js-plotly-plot').data[0].text)"))


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


def download(page: Page, key: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(f".st-key-{key} button").first.click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def test_a_slider_moves_everything_and_the_link_keeps_it(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser) as first:
        page = first.open(f"{serve(pool)}/tune")
        before, dots = numbers(page), drawn(page)
        push(page, "w_stability", 40)
        after, moved, link = numbers(page), drawn(page), page.url
        assert after != before
        assert moved != dots
        assert "w_stability=-0.5" in link
        assert (first.elsewhere, first.complaints) == ([], [])
    with visit(browser, "dark") as second:
        page = second.open(link)
        assert numbers(page) == after
        assert drawn(page) == moved
        page.locator(".st-key-reset button").first.click()
        page.wait_for_url(f"{serve(pool)}/tune")
        settle(page)
        assert numbers(page) == before


@pytest.mark.parametrize("form", ["Records", "Messages"])
def test_the_file_is_the_command_lines(
    form: str, browser: Browser, serve: Callable, pool: Path, tmp_path: Path
) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(pool)}/tune?size=120&format={form}&w_separability=-1")
        assert numbers(page)[0] == "120"
        assert "Download 120 rows" in page.locator(".st-key-download button").first.inner_text()
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
        responses = page.locator(".st-key-responses [data-testid=stExpander]").count()
        assert responses in (19, 21)
        link = page.url
        push(page, "w_stability", 3)
        assert page.locator(".st-key-responses [data-testid=stExpander]").count() == responses
    with visit(browser) as again:
        page = again.open(link)
        page.wait_for_selector(".st-key-opened")


def test_nothing_big_is_sent_twice(browser: Browser, serve: Callable, pool: Path) -> None:
    with visit(browser) as seen:
        frames: list[int] = []
        pictures: list[str] = []
        seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
        seen.page.on("request", lambda asked: pictures.append(asked.url) if "/picture/" in asked.url else None)
        page = seen.open(f"{serve(pool)}/tune?size=200")
        page.wait_for_selector(".st-key-map .js-plotly-plot")
        settle(page, 800)
        frames.clear()
        push(page, "w_stability", 1)
        assert sum(frames) < 300_000
        assert len(pictures) == 1
