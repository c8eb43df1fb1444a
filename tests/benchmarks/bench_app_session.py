"""The app and a browser under measurement: a server that notes its runs, a page that notes when things show, memory."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
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


class Wire:
    """Bytes between browser and server as they really go, deflated: a proxy that counts them.

    `said` is what the page's WebSocket alone sent up.
    """

    def __init__(self, server: int) -> None:
        self.up = self.down = self.said = 0
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        self.up = self.down = self.said = 0

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser_end, _ = self.listener.accept()
                server_end = socket.create_connection(("127.0.0.1", self.server))
                for end in (browser_end, server_end):  # it delays nothing of its own
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for way in (("up", browser_end, server_end), ("down", server_end, browser_end)):
                    threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, way: str, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            upgraded = False
            while some := source.recv(65_536):
                setattr(self, way, getattr(self, way) + len(some))
                self.said += len(some) if upgraded and way == "up" else 0
                upgraded = upgraded or b"Upgrade: websocket" in some
                target.sendall(some)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass
class App:
    """A served workspace."""

    address: str  # by way of the wire that counts
    direct: str  # without it, to be timed beside another server
    runs_file: Path
    wire: Wire

    def runs(self) -> list[float]:
        """Milliseconds of every run of a page so far."""
        lines = self.runs_file.read_text().splitlines() if self.runs_file.exists() else []
        return [float(line.split()[0]) for line in lines]

    def processor_time(self) -> list[float]:
        """Milliseconds of the processor that each of them took, without waiting for it."""
        lines = self.runs_file.read_text().splitlines() if self.runs_file.exists() else []
        return [float(line.split()[1]) for line in lines]


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
        self.app.wire.reset()
        act()  # type: ignore[operator]
        shown = self.page.evaluate("([places, before, longest]) => another(places, before, longest)",
                                   [places, before, LONGEST])  # fmt: skip
        self.rest()
        if shown is None:
            return None
        ran, busy = sum(self.app.runs()[runs:]), sum(self.app.processor_time()[runs:])
        wire = self.app.wire.up + self.app.wire.down
        return Change(shown, ran, busy, self.traffic.up, self.traffic.down, wire)


@dataclass
class Change:
    """One change: ms until it shows, ms that the server ran and that it kept a processor busy, bytes.

    `up` and `down` are messages as they are before they are deflated; `wire` is what went over the connection.
    """

    shown: float
    server: float
    busy: float
    up: int
    down: int
    wire: int


@contextlib.contextmanager
def serving_timed(workspace: Path, folder: Path) -> Iterator[App]:
    """The app over `workspace`."""
    port = free_port()
    wire = Wire(port)
    app = App(f"http://127.0.0.1:{wire.port}", f"http://127.0.0.1:{port}", folder / "runs", wire)
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
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
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
