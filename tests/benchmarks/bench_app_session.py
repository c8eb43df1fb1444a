"""The app and a browser under measurement: a server that notes its runs, a page that notes when things show, memory."""

import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.benchmarks.bench_map import CLOCK, Traffic
from tests.browser.browsing import browser, settle
from tests.browser.server import ROOT, _wait, free_port

LONGEST = 15_000  # ms to wait for something to show
QUIET = 400  # ms without a run after which the next measurement begins
# When something on the page shows another text than before, counted from the last key, turn of the wheel or click.
WATCH = (
    CLOCK
    + """
addEventListener("pointerup", begin, true)
window.textOf = (places) => [...document.querySelectorAll(places)].map((one) => one.innerText).join("|")
window.another = (places, before, longest) => new Promise((done) => {
  const until = performance.now() + longest
  const look = () => {
    const now = textOf(places)
    if (now && now !== before) return done(performance.now() - began)
    performance.now() > until ? done(null) : requestAnimationFrame(look)
  }
  look()
})
"""
)


@dataclass
class App:
    """A served workspace."""

    address: str
    runs_file: Path

    def runs(self) -> list[float]:
        """Milliseconds of every run of a page so far."""
        lines = self.runs_file.read_text().splitlines() if self.runs_file.exists() else []
        return [float(line.split()[0]) for line in lines]


@dataclass
class Session:
    """One page in a browser of its own."""

    app: App
    page: Page
    traffic: Traffic

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.app.address}/{path}")
        settle(self.page, QUIET)
        return self.page

    def rest(self) -> None:
        settle(self.page, QUIET)

    def measured(self, places: str, act: object) -> "Change | None":
        """What it costs until `places` show another text after `act()`; None where they never do."""
        before = self.page.evaluate(f"textOf({places!r})")
        runs = len(self.app.runs())
        self.traffic.reset()
        act()  # type: ignore[operator]
        shown = self.page.evaluate("([places, before, longest]) => another(places, before, longest)",
                                   [places, before, LONGEST])  # fmt: skip
        self.rest()
        if shown is None:
            return None
        return Change(shown, sum(self.app.runs()[runs:]), self.traffic.up, self.traffic.down)


@dataclass
class Change:
    """One change: ms until it shows, ms that the server ran, bytes each way."""

    shown: float
    server: float
    up: int
    down: int


@contextlib.contextmanager
def serving_timed(workspace: Path, folder: Path) -> Iterator[App]:
    """The app over `workspace`."""
    port = free_port()
    app = App(f"http://127.0.0.1:{port}", folder / "runs")
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bench_app_server",
        str(app.runs_file),
        "--server.port",
        str(port),
    ]
    environment = {**os.environ, "CROWDSELECT_WORKSPACE": str(workspace)}
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait(f"{app.address}/_stcore/health", process, log)
        yield app
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def session(app: App) -> Iterator[Session]:
    """A page in a fresh browser; an error in it fails the benchmark."""
    with fresh_page() as page:
        traffic, errors = Traffic(), []
        traffic.watch(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(WATCH)
        yield Session(app, page, traffic)
        assert not errors, errors


@contextlib.contextmanager
def fresh_page() -> Iterator[Page]:
    """A browser with nothing kept. Unlike the tests' its requests are not looked at: that costs each one 15 ms."""
    with browser() as chromium:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        yield context.new_page()
        context.close()


def chromium_mb() -> float:
    """Proportional set size (shared pages divided among those who share them) of all Chromium processes below this."""
    total = 0
    for pid in _below(os.getpid()):
        with contextlib.suppress(OSError):
            if "chrom" in Path(f"/proc/{pid}/comm").read_text():
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _below(pid: int) -> list[int]:
    """All processes that descend from one."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir() if Path(f"/proc/{pid}/task").exists() else []:
        with contextlib.suppress(OSError):
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_below(child)]
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def median(values: Sequence[float]) -> float:
    return float(statistics.median(values))
