"""Browse: a click that opens a row, a search by words, and one by meaning, each until the page shows another row."""

import numpy as np

from tests.benchmarks.bench_app_build import WORDS
from tests.benchmarks.bench_app_session import App, Change, Session, median, percentile, session

TIMES = 20
READING = ".st-key-reading [data-testid=stCode], .st-key-facts, .st-key-reading pre"
HOW_MANY = ".st-key-browse_said"
LINE = 35  # pixels of a row of the list


def browse(app: App) -> dict[str, float]:
    """Milliseconds, medians with the slowest tenth beside them; by meaning where the build has embeddings."""
    with session(app) as at:
        at.open("browse")
        figures = told("open_row", [open_row(at, turn) for turn in range(TIMES)])
    words = np.random.default_rng(3).choice(WORDS[:400], 2 * TIMES, replace=False)
    with session(app) as at:
        at.open("browse")
        figures |= told("text_search", [look_for(at, word, HOW_MANY) for word in words[:TIMES]])
    with session(app) as at:
        at.open("browse?search_by=Meaning&search=ready")
        if "no embeddings" in at.page.locator(HOW_MANY).inner_text():
            return figures
        look_for(at, "the embedder is ready after this", READING)
        asked = [f"how to {one} the {two}" for one, two in zip(words[:TIMES], words[TIMES:], strict=True)]
        return figures | told("meaning_search", [look_for(at, text, READING) for text in asked])


def open_row(at: Session, turn: int) -> Change | None:
    """A click on a row of the list."""
    grid = at.page.locator(".st-key-browse_list [data-testid=stDataFrame]").bounding_box()
    assert grid is not None
    x, y = grid["x"] + 18, grid["y"] + LINE * (1.5 + (turn * 3 + 1) % 10)
    return at.measured(READING, lambda: at.page.mouse.click(x, y))


def look_for(at: Session, text: str, places: str) -> Change | None:
    """Another text in the box, then Enter: the clock starts with that key."""
    at.page.locator(".st-key-search input").fill("")
    at.page.wait_for_timeout(600)
    at.rest()
    box = at.page.locator(".st-key-search input")
    box.focus()

    def act() -> None:
        at.page.keyboard.insert_text(text)
        at.page.keyboard.press("Enter")

    return at.measured(places, act)


def told(name: str, changes: list[Change | None]) -> dict[str, float]:
    """The figures of one thing that was done many times."""
    seen = [change for change in changes if change]
    if not seen:
        return {f"{name}_missed": len(changes)}
    return {
        f"{name}_p50_ms": median([change.shown for change in seen]),
        f"{name}_p90_ms": percentile([change.shown for change in seen], 0.9),
        f"{name}_server_ms": median([change.server for change in seen]),
        f"{name}_bytes_down": median([change.down for change in seen]),
        f"{name}_missed": len(changes) - len(seen),
    }
