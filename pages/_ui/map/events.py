"""What comes back from the browser, checked: a polygon or a row number, and nothing else."""

import math
from typing import Any

from crowdselect.mapping.colouring import ColourBy
from crowdselect.mapping.lasso import Lasso

MOST_CORNERS = 1000
FARTHEST = 1e9
CODES = 256


def read_lasso(value: Any, projection: str, colour: ColourBy | None) -> Lasso | None:
    """The shape that was drawn on this map; one without corners clears. None for anything that is not a shape."""
    if not isinstance(value, dict) or not isinstance(value.get("polygon"), list):
        return None
    corners = value["polygon"]
    if not corners:
        return Lasso(projection, ())
    if value.get("projection") != projection or not 3 <= len(corners) <= MOST_CORNERS:
        return None
    if not all(isinstance(corner, list) and len(corner) == 2 and all(map(_near, corner)) for corner in corners):
        return None
    mode = value.get("mode")
    return Lasso(
        projection,
        tuple((float(x), float(y)) for x, y in corners),
        mode if mode in ("add", "remove") else "replace",
        colour,
        _codes(value.get("hidden")),
    )


def read_row(value: Any, rows: int) -> int | None:
    """A row's number; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < rows else None


def _near(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) < FARTHEST
    )


def _codes(runs: Any) -> frozenset[int]:
    """The codes of [first, last] pairs."""
    codes: set[int] = set()
    for run in runs if isinstance(runs, list) else []:
        if isinstance(run, list) and len(run) == 2 and all(read_row(end, CODES) is not None for end in run):
            codes.update(range(run[0], run[1] + 1))
    return frozenset(codes)
