"""Every page in a real browser: as the first request to a fresh server, in both themes, from this machine alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import go_to, map_picture, number_of, settle, visit
from tests.browser.server import serving
from tests.pages.builds import EDGES, HOSTILE, publish

pytestmark = pytest.mark.slow
LOOKS = "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme == theme"
EVERY = ("Overview", "Map", "Correlations", "Compare", "Trust", "Results", "Browse", "Data", "Export", "Tune")
# A page's first card; the pages that are not here have tests of their own.
PAGES = {
    "": "Selected", "tune": "Selected", "overview": "Instructions", "correlations": "Pairs", "compare": "Selections",
    "results": "", "trust": "Expected Jaccard",
}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_as_first_request(path: str, theme: str, browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    with serving(plain_workspace, tmp_path / "log") as address, visit(browser, theme) as seen:
        page = seen.open(f"{address}/{path}")
        page.wait_for_selector(f"[data-testid=stMetricLabel]:has-text('{PAGES[path]}')")
        assert page.url == f"{address}/{path}"
        assert page.locator("[data-testid=stTopNavLink]:has-text('Tune')").count() == 1
        assert page.evaluate(f"({LOOKS})({theme!r})")
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_the_maps_points_are_asked_once(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser) as seen:
        asked: list[str] = []
        seen.page.on("response", lambda answer: asked.append(f"{answer.status} {answer.url}"))
        page = seen.open(f"{serve(plain_workspace)}/tune")
        map_picture(page)
        go_to(page, "Map")
        map_picture(page, "map_card_tsne")
        points = f"200 {serve(plain_workspace)}/map/0001/points/tsne"
        assert [one for one in asked if "/points/" in one] == [points]
        assert seen.complaints == []


def test_headers_keep_the_page_to_this_host(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser) as seen:
        answer = seen.page.goto(f"{serve(plain_workspace)}/overview")
        assert answer is not None
        headers = answer.headers
    policy = headers["content-security-policy"]
    assert "img-src 'self' data: blob:" in policy
    assert "connect-src 'self' ws://127.0.0.1:" in policy
    assert "http:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", [f"tune?row={quote(HOSTILE + '-00')}", "overview"], ids=["tune", "overview"])
def test_hostile_text_asks_for_nothing(path: str, browser: Browser, serve: Callable, hostile_workspace: Path) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(hostile_workspace)}/{path}")
        page.wait_for_selector("[data-testid=stMetricValue]")
        assert path == "overview" or page.locator(".st-key-responses details").count() == 3
        page.wait_for_timeout(1500)
        assert page.locator("img[src*=evil], a[href*=evil], a[href*=javascript], .katex").count() == 0
        assert (seen.elsewhere, seen.complaints) == ([], [])


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """One server for all strange pools: each is a new build of its workspace, which is empty at first."""
    folder, edges = tmp_path_factory.mktemp("strange"), list[str]()
    with serving(folder / "workspace", folder / "log") as address:

        def show(edge: str) -> str:
            if edge == "empty":
                assert not edges
            else:
                edges.append(edge)
                publish(folder / "workspace", EDGES[edge], f"{len(edges):04}")
            return address

        yield show
    said = (folder / "log").read_text().casefold()
    assert [word for word in ("traceback", "failed", "deprecat", "warning") if word in said] == [], said


@pytest.mark.parametrize("edge", ["empty", *EDGES])
def test_every_page_over_every_strange_pool(edge: str, browser: Browser, strange: Callable[[str], str]) -> None:
    """In both themes; which comes first changes from page to page."""
    turn = ["empty", *EDGES].index(edge)
    with visit(browser) as seen:
        page = seen.open(strange(edge))
        for place, name in enumerate(EVERY, start=turn):
            go_to(page, name)
            themes = ("light", "dark") if place % 2 else ("dark", "light")
            for theme in themes:
                page.emulate_media(color_scheme=theme)
                page.wait_for_function(LOOKS, arg=theme)
                settle(page, 300)
                assert page.locator("[data-testid=stException]").count() == 0
                assert "failed" not in page.locator("[data-testid=stMain]").inner_text()
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_back_leads_to_the_page_before_as_it_was(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser) as seen:
        where = quote('[{"field":"n_words","min":3}]')
        page = seen.open(f"{serve(plain_workspace)}/tune?size=33&w_stability=-0.5&where={where}")
        for name in ("Map", "Overview", "Browse"):
            go_to(page, name)
        for name, path in (("Overview", "/overview"), ("Map", "/map"), ("Tune", "/tune")):
            page.go_back()
            page.wait_for_url(f"**{path}*")
            settle(page)
            if name != "Overview":
                assert "size=33" in page.url
                assert "w_stability=-0.5" in page.url
                assert page.locator(".st-key-drop_0").count() == 1
        assert number_of(page, "Selected") == "33"
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_a_new_build_shows_without_a_restart(browser: Browser, tmp_path: Path) -> None:
    workspace = publish(tmp_path / "workspace", EDGES["plain"]).path
    with serving(workspace, tmp_path / "log") as address, visit(browser) as seen:
        page = seen.open(f"{address}/tune")
        page.wait_for_selector("text=of 60 rows")
        publish(workspace, EDGES["nothing but scores"], "0002")
        page.locator(".st-key-w_stability input[type=range]").press("ArrowLeft")
        page.wait_for_selector("text=of 20 rows")
        assert seen.complaints == []
