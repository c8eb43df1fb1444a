"""The whole app in one real Chromium (software WebGL), with the budget beside each figure.

    python -m tests.benchmarks.bench_app --rows 100000 [--only tune map pages browse] [--out FILE.json]
    python -m tests.benchmarks.bench_app --rows 100000 --atlas PYTHON   # side by side with Embedding Atlas 0.22

Above 200,000 rows only the map and its neighbour are measured, unless --only says otherwise. Times are of this machine
and of what else it does: the table begins with its load.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from crowdselect.store import load_pool, open_build
from tests.benchmarks.bench_app_atlas import side_by_side
from tests.benchmarks.bench_app_browse import browse
from tests.benchmarks.bench_app_build import MOST_WITH_VECTORS, workspace_of
from tests.benchmarks.bench_app_map import map_page
from tests.benchmarks.bench_app_pages import PAGES, pages
from tests.benchmarks.bench_app_session import App, serving_timed, session
from tests.benchmarks.bench_app_tune import tune

PARTS: dict[str, Callable[[App], dict[str, float]]] = {"tune": tune, "map": map_page, "pages": pages, "browse": browse}
# What a figure may be at most: at 100,000 rows, and at 1,000,000 where that differs.
BUDGETS: dict[str, tuple[float, float]] = {
    "slider_p50_ms": (150, 150),
    "slider_p90_ms": (250, 250),
    "server_run_p50_ms": (50, 50),
    "change_bytes": (50_000, 250_000),
    "server_processor_p50_ms": (50, 50),
    "same_again_wire_bytes": (2_000, 2_000),
    "map_first_picture_ms": (2_900, 5_000),
    "map_redraw_ms": (350, 1_100),
    "map_zoom_all_points_ms": (200, 700),
    "map_lasso_ms": (500, 1_500),
    "map_lasso_wire_bytes_up": (2_048, 2_048),
    "map_memory_mb": (600, 800),
    "map_memory_after_use_mb": (600, 800),
    "map_memory_at_rest_mb": (600, 800),
    **{f"page_{name}_ms": (2_000, 2_000) for name in PAGES},
    **{f"link_{name}_ms": (2_000, 2_000) for name in PAGES},
    "open_row_p50_ms": (300, 300),
    "text_search_p50_ms": (300, 300),
    "meaning_search_p50_ms": (500, 500),
    "nav_to_map_ratio": (0.6, 1.0),
    "filter_to_redraw_ratio": (1.0, 1.0),
}


def measure(rows: int, folder: Path, parts: list[str], atlas: Path | None) -> dict[str, float]:
    """Every figure, by name; the workspace is made in `folder` where it is not there yet."""
    workspace = workspace_of(folder, rows)
    figures: dict[str, float] = {"rows": rows, "load_before": os.getloadavg()[0]}
    with (
        tempfile.TemporaryDirectory(prefix="crowdselect-app-") as name,
        serving_timed(workspace.path, Path(name)) as app,
    ):
        with session(app) as warm:  # the server has the pool, the browser goes away
            warm.open("tune")
        for part in parts:
            print(f"{part} …", file=sys.stderr, flush=True)
            figures |= (found := PARTS[part](app))
            print(json.dumps(found), file=sys.stderr, flush=True)
        if atlas:
            print("side by side …", file=sys.stderr, flush=True)
            build = open_build(workspace)
            figures |= side_by_side(app, build, load_pool(build), atlas, Path(name))
    figures["load_after"] = os.getloadavg()[0]
    return {name: round(value, 2) for name, value in figures.items()}


def told(figures: dict[str, float]) -> list[dict[str, float | str | None]]:
    """A line a figure: its budget, and whether it is within."""
    column = int(figures["rows"] > MOST_WITH_VECTORS)
    lines: list[dict[str, float | str | None]] = []
    for name, value in figures.items():
        budget = BUDGETS[name][column] if name in BUDGETS else None
        within = "" if budget is None else "yes" if value <= budget else "NO"
        lines.append({"figure": name, "measured": value, "budget": budget, "within": within})
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", choices=PARTS, help="default: all of them, or above 200,000 rows the map")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "crowdselect-bench-app")
    parser.add_argument("--atlas", type=Path, help="a Python that has embedding-atlas 0.22")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    parts = asked.only if asked.only is not None else list(PARTS) if asked.rows <= MOST_WITH_VECTORS else ["map"]
    lines = told(measure(asked.rows, asked.folder, parts, asked.atlas))
    for line in lines:
        budget = "" if line["budget"] is None else f"{line['budget']:>12,}"
        print(f"{line['figure']:40}{line['measured']:>14,}{budget:>12}  {line['within']}")
    if asked.out:
        asked.out.write_text(json.dumps(lines, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
