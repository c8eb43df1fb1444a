"""The map in a real browser over a real server: what is drawn, what comes back, and what must never happen."""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from crowdselect.figures.density import extent
from tests.browser.browsing import Visit, settle, visit
from tests.browser.map_harness.serve import serving_map
from tests.pages.builds import Data, crowd, publish
from tests.unit.test_mapping_polygon import slow as slowly_inside

pytestmark = pytest.mark.slow

ROWS = 600
CENTRES = np.array([[0, 0], [40, 5], [10, 42], [45, 45]])
TOPICS = len(CENTRES)
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> ![a](http://evil.test/a.png) row"
LOST = "document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...more)
}"""
# As a machine with a graphics card answers: the shaders then draw all points, not only the selected ones.
GRAPHICS_CARD = """
const real = WebGLRenderingContext.prototype.getParameter
WebGLRenderingContext.prototype.getParameter = function (asked) {
  const told = real.call(this, asked)
  return typeof told === "string" && /swiftshader|llvmpipe/i.test(told) ? (window.masked = "A graphics card") : told
}"""


def made() -> Data:
    draw = np.random.default_rng(4)
    codes = draw.integers(0, TOPICS, ROWS)
    points = CENTRES[codes] + draw.normal(size=(ROWS, 2)) * 4
    points[7] = [22, 22]  # alone in the middle
    points[9] = np.nan
    scores = draw.normal(size=(3, ROWS))
    texts = [f"{HOSTILE} {row}" for row in range(ROWS)]
    return Data(texts, crowd(3), {"rm": scores}, {"topics": codes}, {"tsne": points, "pca": -points})


DATA = made()
POINTS = DATA.projections["tsne"].astype(np.float32)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("map")
    workspace = publish(folder / "w", DATA)
    with serving_map(workspace.path, folder / "log") as found:
        yield found


@pytest.fixture
def seen(address: str, browser: Browser) -> Iterator[Visit]:
    """A fresh visit to the page, the t-SNE map drawn; afterwards nothing was complained of or asked elsewhere."""
    with visit(browser) as found:
        show(found, address)
        yield found
        assert found.complaints == []
        assert found.elsewhere == []


def show(found: Visit, address: str) -> None:
    found.asked = []  # type: ignore[attr-defined]
    found.page.on("request", lambda request: found.asked.append(request.url))  # type: ignore[attr-defined]
    found.open(address)
    choose(found.page, "tsne")


def ready(page: Page) -> None:
    settle(page)
    page.wait_for_selector(".map[data-state=ready]")
    page.wait_for_timeout(250)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click(force=True)
    ready(page)


def pixels(page: Page) -> np.ndarray:
    """What is drawn in the map's middle, (height, width, 3), away from its toolbar and legend."""
    page.mouse.move(2, 2)
    page.wait_for_timeout(150)
    box = stage(page)
    clip = {"x": box["x"] + 250, "y": box["y"], "width": box["width"] - 300, "height": box["height"]}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)  # type: ignore[arg-type]


def changed(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ."""
    return float((np.abs(one - other).max(axis=2) > 12).mean())


def around_topic(page: Page, topic: int) -> np.ndarray:
    """What is drawn where one topic's points lie."""
    (left, top), (right, bottom) = (on_screen(page, *(CENTRES[topic] + [side, -side])) for side in (-9, 9))
    page.mouse.move(2, 2)
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)  # type: ignore[arg-type]


def inked(picture: np.ndarray) -> float:
    """The share of pixels that are not the page's colour."""
    return changed(picture, np.broadcast_to(picture[0, 0], picture.shape))


def dark(picture: np.ndarray) -> int:
    """Pixels of words."""
    return int((picture.max(axis=2) < 100).sum())


def accented(picture: np.ndarray) -> int:
    """Pixels in the accent colour of the light theme."""
    return int((np.abs(picture - [67, 97, 216]).max(axis=2) < 24).sum())


def stage(page: Page) -> dict[str, float]:
    box = page.locator(".stage").bounding_box()
    assert box is not None
    return dict(box)


def answer(page: Page) -> dict:
    settle(page)
    return json.loads(page.locator(".st-key-answer code").inner_text())


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the data is drawn while everything is in view."""
    box, area = stage(page), extent(POINTS)
    scale = min(box["width"], box["height"]) / area.side
    across = (x - area.left - area.side / 2) * scale
    up = (y - area.bottom - area.side / 2) * scale
    return float(box["x"] + box["width"] / 2 + across), float(box["y"] + box["height"] / 2 - up)


def drag(page: Page, corners: list[tuple[float, float]]) -> None:
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    ready(page)


def around(page: Page, x: float, y: float, reach: float) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 40)
    return [on_screen(page, x + reach * np.cos(turn), y + reach * np.sin(turn)) for turn in turns]


def around_all(page: Page) -> None:
    """A rectangle over every point: all are selected."""
    tool(page, "Rectangle")
    box = stage(page)
    drag(page, [(box["x"] + 200, box["y"] + 2), (box["x"] + box["width"] - 80, box["y"] + box["height"] - 2)])


def tool(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_points_are_drawn_and_fetched_once(seen: Visit) -> None:
    assert 0.01 < inked(pixels(seen.page)) < 0.6
    for _ in range(3):
        seen.page.locator(".st-key-share input[type=range]").press("ArrowRight")
        ready(seen.page)
    for name in ("pca", "tsne"):
        choose(seen.page, name)
    fetched = [url for url in seen.asked if "/points/" in url]  # type: ignore[attr-defined]
    assert len(fetched) == len(set(fetched)) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_theme(address: str, browser: Browser, theme: str) -> None:
    with visit(browser, theme) as found:
        show(found, address)
        picture = pixels(found.page)
        assert (picture[0, 0].mean() < 60) == (theme == "dark")
        assert inked(picture) > 0.01
        assert found.complaints == []


def test_a_new_selection_is_drawn_in_the_accent(seen: Visit) -> None:
    before = pixels(seen.page)
    slider = seen.page.locator(".st-key-share input[type=range]")
    for _ in range(4):
        slider.press("PageUp")
    ready(seen.page)
    assert answer(seen.page)["selected"] > 40
    assert accented(pixels(seen.page)) > 3 * accented(before) > 0


def test_rows_that_are_not_visible_are_not_drawn(seen: Visit) -> None:
    before = inked(pixels(seen.page))
    seen.page.get_by_text("Half", exact=True).click()
    ready(seen.page)
    assert 0.2 * before < inked(pixels(seen.page)) < 0.8 * before


def test_zoom_and_tool_survive_a_rerun_and_other_maps(seen: Visit) -> None:
    page = seen.page
    home = pixels(page)
    page.mouse.move(*on_screen(page, 40, 5))
    page.mouse.wheel(0, -600)
    ready(page)
    near = pixels(page)
    assert changed(home, near) > 0.02
    tool(page, "Lasso")
    page.locator(".st-key-share input[type=range]").press("ArrowRight")
    ready(page)
    again = pixels(page)
    assert changed(near, again) < changed(home, near) / 4
    choose(page, "pca")
    choose(page, "tsne")
    assert changed(again, pixels(page)) < 0.002
    expect(page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    tool(page, "Show everything")
    page.wait_for_timeout(300)
    assert changed(home, pixels(page)) < 0.01


def test_a_drag_moves_the_view(seen: Visit) -> None:
    before = pixels(seen.page)
    x, y = on_screen(seen.page, 22, 30)
    drag(seen.page, [(x, y), (x + 60, y + 40)])
    after = pixels(seen.page)
    assert changed(before, after) > 0.01
    assert changed(before[:-40, :-60], after[40:, 60:]) < 0.01  # the same picture, 60 to the right and 40 down
    assert answer(seen.page)["row"] is None  # a drag is no click


@pytest.mark.parametrize(("keys", "mode"), [([], "replace"), (["Shift"], "add"), (["Alt"], "remove")])
def test_a_lasso_returns_a_polygon_and_python_finds_who_is_inside(seen: Visit, keys: list[str], mode: str) -> None:
    page = seen.page
    tool(page, "Lasso")
    for key in keys:
        page.keyboard.down(key)
    drag(page, around(page, 40, 5, 7))
    for key in keys:
        page.keyboard.up(key)
    said = answer(page)
    assert said["mode"] == mode
    assert len(json.dumps(said["polygon"])) < 2048
    expected = np.flatnonzero(slowly_inside(POINTS, np.array(said["polygon"])))
    assert len(expected) > 50
    assert said["inside"] == expected.tolist()
    assert accented(around_topic(page, 1)) > 200
    assert sum(accented(around_topic(page, topic)) for topic in (0, 2, 3)) == 0
    away = np.hypot(*(POINTS - [40, 5]).T)
    assert set(np.flatnonzero(away < 6)) <= set(expected.tolist()) <= set(np.flatnonzero(away < 8))


def test_a_rectangle_selects_and_escape_clears(seen: Visit) -> None:
    page = seen.page
    tool(page, "Rectangle")
    drag(page, [on_screen(page, 30, 30), on_screen(page, 60, 60)])
    said = answer(page)
    inside = (POINTS > 30).all(axis=1) & (POINTS < 60).all(axis=1)
    assert len(set(said["inside"]) ^ set(np.flatnonzero(inside))) <= 1  # a corner is where a whole pixel is
    page.locator(".stage").press("Escape")
    ready(page)
    assert answer(page)["polygon"] is None


def test_a_click_on_a_point_opens_its_row_once(seen: Visit) -> None:
    page = seen.page
    page.mouse.click(*on_screen(page, *POINTS[7]))
    assert answer(page)["row"] == 7
    page.locator(".st-key-share input[type=range]").press("ArrowRight")
    said = answer(page)
    assert (said["row"], said["event"]) == (7, None)  # the event is gone, what the callback kept is not
    page.mouse.click(*on_screen(page, 22, 12))  # nothing is there
    assert answer(page)["row"] == 7


def test_hover_shows_hostile_words_as_text_and_asks_once(seen: Visit) -> None:
    page = seen.page
    for _ in range(3):
        page.mouse.move(*on_screen(page, 22, 12))
        page.mouse.move(*on_screen(page, *POINTS[7]))
        expect(page.locator(".tip-text")).to_have_text(f"{HOSTILE} 7")
    expect(page.locator(".tip-title")).to_have_text("00000007-0000-4000-8000-000000000000")
    assert page.locator(".map img, .map script").count() == 0
    assert len([url for url in seen.asked if url.endswith("/row/7")]) == 1  # type: ignore[attr-defined]
    page.mouse.move(*on_screen(page, 22, 12))
    expect(page.locator(".tip")).to_be_hidden()


def test_the_legend_hides_a_category_with_its_words_and_a_lasso_leaves_it_out(seen: Visit) -> None:
    page = seen.page
    page.get_by_text("Labels", exact=True).click()
    choose(page, "cluster")
    words = [around_topic(page, topic) for topic in range(TOPICS)]
    before = inked(pixels(page))
    first = page.locator(".entry").first
    label = int(first.locator("span").first.inner_text())
    assert dark(words[label]) > 20
    first.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert inked(pixels(page)) < 0.85 * before
    left = [around_topic(page, topic) for topic in range(TOPICS)]
    assert [topic for topic in range(TOPICS) if inked(left[topic]) < 0.01] == [label]
    assert [topic for topic in range(TOPICS) if dark(left[topic]) == 0] == [label]
    tool(page, "Rectangle")
    box = stage(page)
    drag(page, [(box["x"] + 200, box["y"] + 2), (box["x"] + box["width"] - 80, box["y"] + box["height"] - 2)])
    inside = set(answer(page)["inside"])
    others = {row for row in range(ROWS) if DATA.clusters["topics"][row] != label and row != 9}
    assert inside == others
    page.get_by_text("Show all", exact=True).click()
    expect(first).to_have_attribute("aria-pressed", "true")
    first.dblclick()
    assert page.locator(".entry[aria-pressed=true]").count() == 1


def test_numbers_have_a_range_in_the_legend(seen: Visit) -> None:
    page = seen.page
    choose(page, "difficulty")
    around_all(page)
    assert answer(page)["hidden"] == []  # what nobody hid is not left out of a shape
    page.locator(".stage").press("Escape")
    ready(page)
    before = inked(pixels(page))
    lowest = page.get_by_label("Lowest of Difficulty")
    lowest.focus()
    for _ in range(6):
        lowest.press("PageUp")
    page.wait_for_timeout(300)
    assert 0 < inked(pixels(page)) < 0.8 * before
    assert len([url for url in seen.asked if "/colour?" in url]) == 1  # type: ignore[attr-defined]
    around_all(page)
    hidden = answer(page)["hidden"]
    assert hidden == [*range(len(hidden) - 1), 255]
    assert len(hidden) > 20


def test_selected_points_keep_their_colour(seen: Visit) -> None:
    page = seen.page
    around_all(page)
    assert accented(pixels(page)) > 1000
    choose(page, "cluster")
    assert accented(pixels(page)) < 100
    colours = [around_topic(page, topic).reshape(-1, 3) for topic in range(TOPICS)]
    vivid = [tuple(np.median(one[np.ptp(one, axis=1) > 60], axis=0) // 16) for one in colours]
    assert len(set(vivid)) == TOPICS


def test_everything_works_by_keys(seen: Visit) -> None:
    page = seen.page
    home = pixels(page)
    page.locator(".stage").focus()
    page.keyboard.press("Enter")  # the cross stands in the middle, where row 7 is nearest
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert changed(home, pixels(page)) > 0.01
    page.keyboard.press("0")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Rectangle")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    for key in ["Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"]:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    ready(page)
    polygon = np.array(answer(page)["polygon"])
    assert polygon.shape == (4, 2)
    assert answer(page)["inside"] == np.flatnonzero(slowly_inside(POINTS, polygon)).tolist() != []
    page.keyboard.press("l")
    for key in ["Space", "Shift+ArrowLeft", "Space", "Shift+ArrowUp", "Enter"]:
        page.keyboard.press(key)
    ready(page)
    assert len(answer(page)["polygon"]) == 3
    page.keyboard.press("Escape")
    ready(page)
    assert answer(page)["polygon"] is None
    page.keyboard.press("p")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    assert changed(home, pixels(page)) > 0.01


def test_enter_opens_the_point_at_the_cross(seen: Visit) -> None:
    page = seen.page
    page.mouse.move(*on_screen(page, *POINTS[7]))
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(200)
    box = stage(page)
    x, y = on_screen(page, *POINTS[7])
    drag(page, [(x + 30, y), (box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2)])
    page.locator(".stage").focus()
    page.keyboard.press("Enter")
    assert answer(page)["row"] == 7


def test_fingers_tap_and_pinch(address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    found = Visit(context.new_page())
    show(found, address)
    page = found.page
    x, y = on_screen(page, *POINTS[7])
    page.touchscreen.tap(x + 6, y)
    assert answer(page)["row"] == 7
    before = pixels(page)
    session = context.new_cdp_session(page)
    for kind, reach in [("touchStart", 30), ("touchMove", 60), ("touchMove", 120), ("touchEnd", None)]:
        touches = [] if reach is None else [{"x": x - reach, "y": y, "id": 1}, {"x": x + reach, "y": y, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    page.wait_for_timeout(400)
    assert changed(before, pixels(page)) > 0.01
    context.close()


def test_sharp_screens_and_new_sizes(address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 800}, device_scale_factor=2)
    found = Visit(context.new_page())
    show(found, address)
    for width in (1100, 760):
        found.page.set_viewport_size({"width": width, "height": 800})
        found.page.wait_for_timeout(600)
        sizes = found.page.locator("canvas.points").evaluate("c => [c.width, c.clientWidth, c.height, c.clientHeight]")
        assert sizes[0] == 2 * sizes[1] > 0
        assert sizes[2] == 2 * sizes[3] > 0
        assert inked(pixels(found.page)) > 0.005
    context.close()


@pytest.mark.parametrize("colour", ["none", "cluster", "difficulty"])
@pytest.mark.parametrize("ratio", [1, 2])
def test_shaders_and_the_processor_paint_the_same(address: str, browser: Browser, colour: str, ratio: int) -> None:
    pictures = []
    for script in ("", GRAPHICS_CARD):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=ratio)
        found = Visit(context.new_page())
        found.page.add_init_script(script)
        show(found, address)
        assert found.page.evaluate("Boolean(window.masked)") == bool(script)
        choose(found.page, colour)
        pictures.append(pixels(found.page))
        found.page.mouse.move(*on_screen(found.page, 40, 5))
        found.page.mouse.wheel(0, -500)
        ready(found.page)
        pictures.append(pixels(found.page))
        context.close()
    home, near, shaded_home, shaded_near = pictures
    assert changed(home, near) > 0.02
    for one, other in ((home, shaded_home), (near, shaded_near)):
        assert inked(one) > 0.01
        assert changed(one, other) < 0.1 * inked(one)
        assert np.abs(one - other).mean() < 0.2


def test_a_lost_context_is_drawn_again(seen: Visit) -> None:
    page = seen.page
    before = pixels(page)
    page.evaluate(
        f"window.lose = {LOST}.querySelector('canvas.points').getContext('webgl').getExtension('WEBGL_lose_context')"
        "; lose.loseContext()"
    )
    page.wait_for_timeout(300)
    assert inked(pixels(page)) < 0.001
    page.evaluate("lose.restoreContext()")
    page.wait_for_timeout(600)
    assert changed(before, pixels(page)) < 0.002


def test_the_picture_can_be_saved(seen: Visit) -> None:
    with seen.page.expect_download() as waiting:
        tool(seen.page, "Save as picture")
    assert waiting.value.suggested_filename == "map-0001-tsne.png"
    saved = np.asarray(Image.open(Path(waiting.value.path())).convert("RGB")).astype(int)
    assert saved.shape[1] == round(stage(seen.page)["width"])
    assert 0.005 < inked(saved) < 0.6
    assert accented(saved) > 0


def test_without_webgl_it_says_so_and_shows_the_picture(address: str, browser: Browser) -> None:
    with visit(browser) as found:
        found.page.add_init_script(NO_WEBGL)
        show(found, address)
        page = found.page
        expect(page.locator(".notice")).to_contain_text("no WebGL")
        page.wait_for_timeout(300)
        picture = pixels(page)
        assert inked(picture) > 0.01
        assert accented(picture) > 20
        tool(page, "Lasso")
        drag(page, around(page, 40, 5, 7))
        assert len(answer(page)["inside"]) > 50
        page.mouse.click(*on_screen(page, *POINTS[7]))
        assert answer(page)["row"] == 7
        with page.expect_response(lambda response: "/colour?" in response.url):
            choose(page, "difficulty")
        page.wait_for_timeout(300)
        expect(page.locator(".legend")).to_be_hidden()  # the picture has no colours to explain
        assert found.complaints == []


def test_it_can_be_read_without_eyes(seen: Visit) -> None:
    canvas = seen.page.locator("canvas.points")
    assert canvas.get_attribute("role") == "img"
    assert f"{ROWS:,} instructions" in (canvas.get_attribute("aria-label") or "")
    expect(seen.page.locator(".stage")).to_have_attribute("tabindex", "0")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("map/0001/points/tsne", 200), ("map/0002/points/tsne", 404), ("map/0001/points/a%2Fb%20c", 404),
        ("map/0001/colour?by=cluster&name=topics", 200), ("map/0001/colour?by=cluster&name=%3Cscript%3E", 404),
        ("map/0001/colour", 404), ("map/0001/row/7", 200), ("map/0001/row/600", 404),
        (f"map/0001/row/{'9' * 5000}", 404), ("map/0001/row/-1", 404), ("map/0001/row/%C2%B2", 404),
    ],
)  # fmt: skip
def test_the_routes_answer_for_ever_or_not_at_all(address: str, path: str, status: int) -> None:
    answer = asked(f"{address}/{path}")
    assert answer.status == status
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert ("immutable" in answer.headers.get("Cache-Control", "")) == (status == 200)
    assert answer.headers["Content-Type"].startswith("text/plain") == (status != 200)


def asked(url: str) -> HTTPResponse | urllib.error.HTTPError:
    try:
        return urllib.request.urlopen(url)  # noqa: S310  an address of this machine
    except urllib.error.HTTPError as error:
        return error
