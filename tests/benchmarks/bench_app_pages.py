"""Every page of a warm server, by its address in a fresh browser and by its link in the bar, until all of it shows."""

import sys

from tests.benchmarks.bench_app_session import App, Session, median, session

PAGES = ("overview", "tune", "map", "browse", "correlations", "compare", "trust", "results", "export", "data")
TIMES = 3
# Nothing runs, is stale or a placeholder; every chart, table and map is drawn: and so it stays for a moment.
SHOWN = """(longest) => new Promise((done) => {
  const begun = performance.now()
  const all = (places) => [...document.querySelectorAll(places)]
  const there = () => {
    const app = document.querySelector("[data-testid=stApp]")
    if (app?.dataset.testScriptState !== "notRunning" || app?.dataset.testConnectionState !== "CONNECTED") return false
    if (!document.querySelector("[data-testid=stMain] [data-testid=stElementContainer]")) return false
    if (all("[data-testid=stElementContainer][data-stale=true], [data-testid=stSkeleton]").length) return false
    const hosts = all("[data-testid=stBidiComponentIsolated]")
    const maps = hosts.map((host) => host.shadowRoot?.querySelector(".map"))
    return all("[data-testid=stPlotlyChart]").every((chart) => chart.querySelector(".main-svg"))
      && all("[data-testid=stDataFrame]").every((table) => table.querySelector("canvas"))
      && maps.every((map) => !map || map.dataset.state === "ready")
  }
  let since = null
  const look = () => {
    const now = performance.now()
    if (!there()) since = null
    else if (since === null) since = now
    else if (now - since > 500) return done(since - (window.left ?? 0))
    now - begun > longest ? done(null) : requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})"""
LEAVE = """(name) => {
  const link = [...document.querySelectorAll("[data-testid=stTopNavLink]")].find((one) => one.href.endsWith("/" + name))
  if (!link) return false
  window.left = performance.now()
  link.click()
  return true
}"""


def pages(app: App) -> dict[str, float]:
    """Milliseconds: `cold` in a browser that has nothing yet, `page` in one that was there, `link` by a click."""
    figures: dict[str, float] = {}
    for name in PAGES:
        cold, again = [], []
        for _ in range(TIMES + 1):  # the first visit only warms the server
            with session(app) as at:
                cold.append(opened(at, name))
                again.append(opened(at, name))
        figures |= {f"cold_{name}_ms": median(cold[1:]), f"page_{name}_ms": median(again[1:])}
        print(
            f"{name}: cold {median(cold[1:]):,.0f} ms, again {median(again[1:]):,.0f} ms", file=sys.stderr, flush=True
        )
    with session(app) as at:
        for turn in range(2):
            at.open("overview" if turn == 0 else "results")
            for name in (*PAGES[2:], "overview"):
                if at.page.evaluate(LEAVE, name):
                    at.page.wait_for_url(f"**/{name}*")
                    taken = at.page.evaluate(SHOWN, 30_000)
                    figures[f"link_{name}_ms"] = 30_000.0 if taken is None else float(taken)
    return figures


def opened(at: Session, name: str) -> float:
    """From the navigation to the whole page."""
    at.page.goto(f"{at.app.address}/{name}", wait_until="commit")
    at.page.wait_for_selector("[data-testid=stApp]", state="attached")
    taken = at.page.evaluate(SHOWN, 30_000)
    return 30_000.0 if taken is None else float(taken)
