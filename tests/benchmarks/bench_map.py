"""The map in a real browser (software WebGL): `python -m tests.benchmarks.bench_map [--rows 100000 1000000]`.

Prints for each size: bytes and milliseconds to the first picture, and of a change of the selection, a zoom and a lasso.
Every time ends when the picture is drawn: one pixel is read back from the graphics card, which waits for the rest.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from playwright.sync_api import Page, WebSocket

from crowdselect.schema import SCHEMA_VERSION, TABLES, VIEWS, metrics_view
from crowdselect.store import Workspace
from tests.browser.browsing import browser, settle, visit
from tests.browser.map_harness.serve import serving_map

TIMES = 5
CLUSTERS = 30
# When an event reaches the page, and when the picture that follows it is complete.
CLOCK = """
const begin = () => { window.began = performance.now() }
for (const kind of ["keydown", "wheel", "pointerup"]) addEventListener(kind, begin, true)
// When the map's message came in: the largest one is the one with the mask.
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    this.addEventListener("message", ({ data }) => {
      if ((data.byteLength ?? data.size ?? 0) > 1500) window.answered = performance.now()
    })
  }
}
window.mapRoot = () => {
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
  return hosts.map((host) => host.shadowRoot?.querySelector(".map")).find(Boolean)
}
window.finished = (drawn, settled) => new Promise((done, failed) => {
  const late = performance.now() + 30000
  const look = () => {
    const root = mapRoot()
    const count = Number(root?.dataset[settled ? "drawn" : "frames"] ?? 0)
    if (root?.dataset.state !== "ready" || count <= drawn) {
      if (performance.now() > late) return failed(new Error("the map was not drawn again"))
      return requestAnimationFrame(look)
    }
    const gl = root.querySelector("canvas.points").getContext("webgl")
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
    window.complete = performance.now()
    done(complete - (window.began ?? 0))
  }
  look()
})
"""


@dataclass
class Traffic:
    """Bytes over the page's socket and as arrays, since they were last set to 0."""

    up: int = 0
    down: int = 0
    fetched: int = 0

    def watch(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("response", lambda answer: self._answer(answer.url, answer.headers.get("content-length")))

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._count("up", frame))
        socket.on("framereceived", lambda frame: self._count("down", frame))

    def _count(self, way: str, frame: bytes | str) -> None:
        setattr(self, way, getattr(self, way) + len(frame))

    def _answer(self, url: str, length: str | None) -> None:
        if "/points/" in url or "/colour" in url:
            self.fetched += int(length or 0)

    def reset(self) -> None:
        self.up = self.down = 0


def write_build(folder: Path, rows: int) -> Workspace:
    """A build with places and clusters, and nothing else that a map does not need."""
    draw = np.random.default_rng(0)
    codes = draw.integers(0, CLUSTERS, rows).astype(np.int32)
    centres = draw.normal(size=(CLUSTERS, 2)) * 25
    spread = draw.uniform(1, 5, size=(CLUSTERS, 2))
    points = (centres[codes] + draw.normal(size=(rows, 2)) * spread[codes]).astype(np.float32)
    workspace = Workspace.of(folder)
    workspace.builds.mkdir(parents=True)
    with duckdb.connect(workspace.build("0001")) as db:
        for sql in (TABLES, VIEWS, metrics_view([])):
            db.execute(sql)
        db.execute("INSERT INTO meta VALUES ('schema_version', ?)", [str(SCHEMA_VERSION)])
        db.register("places", pa.table({"code": codes, "x": points[:, 0], "y": points[:, 1], "i": np.arange(rows)}))
        db.execute(
            "INSERT INTO instructions (iid, uuid, instruction, source, extra, n_words, file_id, line) "
            "SELECT i, md5(i::VARCHAR), 'Explain step ' || i || ' and what may go wrong.', "
            "'bench', NULL, 9, 0, i FROM places"
        )
        db.execute("INSERT INTO cluster_members SELECT i, 'kmeans-30', code FROM places")
        db.execute("INSERT INTO points SELECT i, 'tsne', x, y FROM places")
    workspace.current.write_text("0001", encoding="utf-8")
    return workspace


def measure(rows: int, coloured: bool) -> dict[str, float]:
    """Medians in ms, bytes as they are."""
    figures: dict[str, float] = {"rows": rows}
    with tempfile.TemporaryDirectory(prefix="crowdselect-map-") as name:
        folder = Path(name)
        workspace = write_build(folder / "w", rows)
        with serving_map(workspace.path, folder / "log") as address, browser() as chromium:
            with visit(chromium) as warm:  # the server has the pool; the browser has nothing
                settle(warm.open(address), 1500)
            with visit(chromium) as seen:
                page, traffic = seen.page, Traffic()
                traffic.watch(page)
                page.add_init_script(CLOCK)
                page.goto(address)
                figures["first_picture_ms"] = page.evaluate("finished(0, true)")
                figures["points_bytes"] = traffic.fetched
                settle(page, 1000)
                if coloured:
                    page.get_by_text("cluster", exact=True).click()
                    settle(page, 1500)
                figures |= redraw(page, traffic)
                figures |= zoom(page)
                figures |= lasso(page, traffic)
                figures["fetched_bytes_in_all"] = traffic.fetched
                assert not seen.complaints, seen.complaints
    return {key: round(value, 1) for key, value in figures.items()}


def counted(page: Page, settled: bool = True) -> int:
    return int(page.evaluate(f"Number(mapRoot().dataset.{'drawn' if settled else 'frames'})"))


def redraw(
    page: Page, traffic: Traffic, key: str = "share", arrow: str = "ArrowRight", repeats: int = TIMES
) -> dict[str, float]:
    """A slider's key until the map shows the new selection: the server's run and the way there and back included."""
    slider = page.locator(f".st-key-{key} input[type=range]")
    slider.focus()
    times, here, down = [], [], []
    for _ in range(repeats):
        traffic.reset()
        before = counted(page)
        page.keyboard.press(arrow)
        times.append(page.evaluate(f"finished({before}, true)"))
        here.append(page.evaluate("complete - answered"))
        settle(page, 400)
        down.append(traffic.down)
    return {
        "redraw_ms": statistics.median(times),
        "redraw_p90_ms": sorted(times)[int(0.9 * len(times))],
        "redraw_after_answer_ms": statistics.median(here),
        "redraw_bytes_down": statistics.median(down),
    }


def zoom(page: Page, repeats: int = TIMES) -> dict[str, float]:
    """A turn of the wheel: until the view has moved, and until it shows every point again."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    first, whole = [], []
    for turn in range(repeats + 1):
        frames, drawn = counted(page, False), counted(page)
        page.evaluate(f"void (window.both = Promise.all([finished({frames}, false), finished({drawn}, true)]))")
        page.mouse.wheel(0, -240 if turn % 2 == 0 else 240)
        times = page.evaluate("both")
        first.append(times[0])
        whole.append(times[1])
        page.wait_for_timeout(500)
    return {"zoom_ms": statistics.median(first[1:]), "zoom_all_points_ms": statistics.median(whole[1:])}


def lasso(page: Page, traffic: Traffic, repeats: int = TIMES) -> dict[str, float]:
    """From the end of a drag until what it holds is selected on the map."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    times, here, up = [], [], []
    for attempt in range(repeats):
        page.get_by_role("button", name="Lasso").click()
        centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for step in range(60):
            turn = 2 * np.pi * step / 59
            reach = (90 + 12 * attempt) * (1 + 0.3 * np.sin(5 * turn))
            page.mouse.move(centre[0] + reach * np.cos(turn), centre[1] + reach * np.sin(turn))
            if step == 0:
                page.mouse.down()
        traffic.reset()
        before = counted(page)
        page.mouse.up()
        times.append(page.evaluate(f"finished({before}, true)"))
        here.append(page.evaluate("complete - answered"))
        settle(page, 300)
        up.append(traffic.up)
    return {
        "lasso_ms": statistics.median(times),
        "lasso_after_answer_ms": statistics.median(here),
        "lasso_bytes_up": max(up),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--coloured", action="store_true", help="colour the points by cluster")
    options = parser.parse_args()
    for rows in options.rows:
        print(json.dumps(measure(rows, options.coloured)), flush=True)


if __name__ == "__main__":
    main()
