"""The Map page in a real browser: two maps, a shape drawn on one is said in numbers and lit on the other."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import settle, visit
from tests.browser.server import serving

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_as_first_request(theme: str, browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    with serving(plain_workspace, tmp_path / "log") as address, visit(browser, theme) as seen:
        page = seen.open(f"{address}/map")
        page.wait_for_selector(".st-key-map_card_tsne canvas")
        settle(page)
        assert page.url == f"{address}/map"
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_the_map_is_sent_before_what_stands_around_it(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    """Where the app is opened, and after a change: the controls over it and the sidebar come later."""
    came: list[bytes] = []
    with visit(browser) as seen:
        address = serve(plain_workspace)
        seen.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: came.append(_bytes(frame))))
        page = seen.open(f"{address}/map")
        page.wait_for_selector(".st-key-map_card_tsne .map[data-state=ready]")
        settle(page)
        parts = (b"crowdselect.map", b"Cluster names", b"Undo")
        first = [next(place for place, frame in enumerate(came) if part in frame) for part in parts]
        assert first == sorted(first)
        assert first[0] < first[1]


def test_a_link_to_another_map_draws_that_alone(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    """The controls that the link sets are drawn before it is known which map they ask for."""
    with visit(browser) as seen:
        page = seen.open(f"{serve(plain_workspace)}/map?maps=PCA&points=Large")
        page.wait_for_selector(".st-key-map_card_pca .map[data-state=ready]")
        settle(page)
        assert page.locator(".st-key-map_card_tsne").count() == 0
        assert "maps=PCA" in page.url
        assert "points=Large" in page.url
        assert (seen.elsewhere, seen.complaints) == ([], [])


def _bytes(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def test_a_shape_is_counted_and_cleared(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(plain_workspace)}/map?maps=t-SNE&maps=PCA")
        for name in ("tsne", "pca"):
            page.wait_for_selector(f".st-key-map_card_{name} canvas")
        settle(page)
        stage = page.locator(".st-key-map_card_tsne .stage")
        box = stage.bounding_box()
        assert box is not None
        stage.focus()
        page.keyboard.press("r")  # the rectangle
        page.mouse.move(box["x"] + 8, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=5)
        page.mouse.move(box["x"] + box["width"] - 70, box["y"] + box["height"] - 8, steps=5)
        page.mouse.up()
        said = re.compile(r"(\d+) rows in the shape, (\d+) of them selected")
        expect(page.locator(".st-key-shape")).to_contain_text(said)
        rows, selected = map(int, said.search(page.locator(".st-key-shape").inner_text()).groups())  # type: ignore[union-attr]
        assert 300 <= rows <= 400
        assert 75 <= selected <= 100
        expect(page.locator(".st-key-shape")).to_contain_text("Inside a shape drawn on t-SNE")
        assert "shape=" in page.url
        page.locator(".st-key-clear_shape button").first.click()
        settle(page)
        assert page.locator(".st-key-shape").count() == 0
        assert "shape=" not in page.url
        assert (seen.elsewhere, seen.complaints) == ([], [])
