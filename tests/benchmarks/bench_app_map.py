"""The Map page: cold to its first picture, a new selection, zoom, lasso, and the memory of the browser's processes."""

from tests.benchmarks.bench_app_session import App, Session, chromium_mb, session
from tests.benchmarks.bench_map import lasso, redraw, zoom

COLD, LASSOS = 3, 8
REST = 30_000  # ms of nobody touching the page, in which Chromium gives back what nothing holds any more


def map_page(app: App) -> dict[str, float]:
    """Times in ms, traffic in bytes, memory in MB."""
    figures: dict[str, float] = {}
    firsts = []
    for turn in range(COLD):
        with session(app) as at:
            firsts.append(first_picture(at))
            if turn + 1 < COLD:
                continue
            figures["map_first_picture_ms"] = sorted(firsts)[COLD // 2]
            figures["map_memory_mb"] = chromium_mb()
            open_sidebar(at)
            figures |= {
                f"map_{name}": value
                for name, value in redraw(at.page, at.traffic, "w_stability", "ArrowLeft", 20).items()
            }
            figures |= {f"map_{name}": value for name, value in zoom(at.page, 20).items()}
            at.app.wire.reset()
            figures |= {f"map_{name}": value for name, value in lasso(at.page, at.traffic, LASSOS).items()}
            figures["map_lasso_wire_bytes_up"] = at.app.wire.said / LASSOS
            figures["map_memory_after_use_mb"] = chromium_mb()
            at.page.wait_for_timeout(REST)
            figures["map_memory_at_rest_mb"] = chromium_mb()
    return figures


def first_picture(at: Session) -> float:
    """From the navigation to the picture of all points, in ms; the browser has nothing yet."""
    at.page.goto(f"{at.app.address}/map", wait_until="commit")
    at.page.wait_for_function("Boolean(window.finished)", timeout=90_000)
    taken = float(at.page.evaluate("finished(0, true)"))
    at.rest()
    return taken


def open_sidebar(at: Session) -> None:
    """The sliders are there, and the map has its new width."""
    at.page.locator("[data-testid=stExpandSidebarButton]").click()
    at.page.wait_for_timeout(1500)
    at.rest()
