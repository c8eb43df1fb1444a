"""The same points in Embedding Atlas 0.22, side by side: navigation to map, and a filter until all is drawn again.

Both tools are timed alike: a call that draws marks the canvas, and the picture is there when a pixel of it has been
read back after the last such call, with none for half a second.
"""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page

from crowdselect.pool import Pool
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from tests.benchmarks.bench_app_session import App, fresh_page, median
from tests.browser.server import _wait, free_port

TIMES, COLD = 7, 5
RIGHT = 860  # pixels from the left: there its charts begin
DRAWS = """
window.draws = 0
window.drawnOn = null
for (const kind of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const real = kind.prototype[name]
    if (!real) continue
    kind.prototype[name] = function (...given) {
      window.draws++
      window.drawnOn = this
      return real.apply(this, given)
    }
  }
}
const press = () => { window.pressed = performance.now() }
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, press, true)
// When the last of the drawing that follows the first `known` calls was complete.
window.lastDrawn = (known, quiet, longest) => new Promise((done) => {
  const until = performance.now() + longest
  let counted = known
  let complete = null
  const look = () => {
    if (draws > counted) {
      counted = draws
      const gl = window.drawnOn
      const bound = gl.getParameter(gl.FRAMEBUFFER_BINDING)
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
      gl.bindFramebuffer(gl.FRAMEBUFFER, bound)
      complete = performance.now()
    }
    const now = performance.now()
    if ((complete && now - complete > quiet) || now > until) return done(complete)
    requestAnimationFrame(look)
  }
  look()
})
"""


def side_by_side(app: App, build: Build, pool: Pool, atlas: Path, folder: Path) -> dict[str, float]:
    """Medians in ms of both, and ours as a share of theirs.

    A filter is a click on one category in both: a bar of theirs, an entry of our map's legend. A weight, which chooses
    anew on the server, has no counterpart there; its time stands beside them.
    """
    figures: dict[str, float] = {}
    with serving_atlas(atlas, build, pool, folder) as address:
        [clustering] = pool.clusterings
        ours, coloured = f"{app.direct}/map", f"{app.direct}/map?{urlencode({'colour': f'Cluster · {clustering}'})}"
        figures["ours_nav_to_map_ms"], figures["atlas_nav_to_map_ms"] = navigations(ours, address)
        figures["ours_filter_to_redraw_ms"] = changes(coloured, lambda page: None, click_legend)
        figures["atlas_filter_to_redraw_ms"] = changes(address, lambda page: None, click_bar)
        figures["ours_weight_to_redraw_ms"] = changes(ours, open_sidebar, push_slider)
    for what in ("nav_to_map", "filter_to_redraw"):
        figures[f"{what}_ratio"] = figures[f"ours_{what}_ms"] / figures[f"atlas_{what}_ms"]
    return figures


def navigations(*urls: str) -> list[float]:
    """Cold ones, by turns: each in a browser of its own."""
    taken: dict[str, list[float]] = {url: [] for url in urls}
    for turn in range(COLD + 1):
        for url in urls:
            with fresh_page() as page:
                drawn = first_picture(page, url)
            if turn:  # the first only warms the server
                taken[url].append(drawn)
    return [median(taken[url]) for url in urls]


def first_picture(page: Page, url: str) -> float:
    page.add_init_script(DRAWS)
    page.goto(url, wait_until="commit")
    page.wait_for_function("Boolean(window.lastDrawn)", timeout=90_000)
    drawn = page.evaluate("lastDrawn(0, 3000, 60000)")
    assert drawn, f"{url} drew nothing"
    return float(drawn)


def changes(url: str, ready: Callable[[Page], None], act: Callable[[Page, int], None]) -> float:
    """Changes of what is shown, each from the key or the button until all of it is drawn."""
    taken = []
    with fresh_page() as page:
        first_picture(page, url)
        ready(page)
        for change in range(TIMES + 1):
            page.wait_for_timeout(1500)
            known = page.evaluate("draws")
            act(page, change)
            drawn = page.evaluate(f"lastDrawn({known}, 500, 30000)")
            assert drawn, f"{url} did not draw again"
            taken.append(drawn - page.evaluate("pressed"))
    return median(taken[1:])


def open_sidebar(page: Page) -> None:
    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.wait_for_timeout(2500)
    page.locator(".st-key-w_stability input[type=range]").focus()


def push_slider(page: Page, turn: int) -> None:
    page.keyboard.press("ArrowLeft")


def click_legend(page: Page, turn: int) -> None:
    """One category of the map's colours: hidden by one click, shown by the next."""
    page.locator(".legend .entry").nth(turn // 2).click()


def click_bar(page: Page, turn: int) -> None:
    """One category of the column `topic` alone: a click on its bar."""
    for found in page.get_by_text(f"topic {turn % 5}", exact=True).all():
        box = found.bounding_box()
        if box and box["x"] > RIGHT:
            page.mouse.click(box["x"] + 5, box["y"] + box["height"] / 2)
            return
    raise AssertionError("Embedding Atlas shows no bar to click")


@contextlib.contextmanager
def serving_atlas(python: Path, build: Build, pool: Pool, folder: Path) -> Iterator[str]:
    """Embedding Atlas, by the interpreter that has it, over the pool's t-SNE map and a column of five categories."""
    file = folder / "points.parquet"
    points = pool.projections["tsne"]
    [clustering] = pool.clusterings.values()
    texts = [f"Row {row}" for row in range(len(pool))] if len(pool) > 200_000 else None
    columns = {
        "x": points[:, 0], "y": points[:, 1], "topic": [f"topic {code % 5}" for code in clustering.codes],
        "text": texts or instructions(build, pool.keys_of(range(len(pool)))),
    }  # fmt: skip
    pq.write_table(pa.table(columns), file)
    port = free_port()
    asked = ["--x", "x", "--y", "y", "--disable-projection", "--host", "127.0.0.1", "--port", str(port)]
    log = folder / "atlas.log"
    with log.open("wb") as out:
        command = [str(python), "-m", "embedding_atlas.cli", str(file), *asked, "--no-auto-port"]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _wait(f"http://127.0.0.1:{port}/", process, log, 120)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=20)
